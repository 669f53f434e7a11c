import Foundation
import HostNetwork
import Report
import Testing

@Suite struct `The reference of options` {
    static let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/options.md").standardized

    @Test func `docs/options.md is what the table says`() throws {
        if ProcessInfo.processInfo.environment["WEFT_WRITE_DOCS"] == "1" {
            try OptionReference.markdown.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: Self.page, encoding: .utf8) == OptionReference.markdown)
    }
}
