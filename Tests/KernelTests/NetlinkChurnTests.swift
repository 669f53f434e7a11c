import Foundation
import HostNetwork
import Netlink
import Testing

/// Reading while others change.
@Suite struct NetlinkChurnTests {
    @Test func `a dump that a change interrupted is taken again, and the snapshot is whole`() async throws {
        try await Lab.with { lab in
            // Enough links for a dump of many parts, so that a change can fall between them.
            let steady = (0..<120).map { "steady\($0)" }
            try lab.ip(steady.map { "link add \($0) type bridge" }.joined(separator: "\n"))
            var kernel = try lab.connect()

            // A second program makes and deletes a link with an address all the time.
            let churn = Process()
            churn.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            churn.arguments = ["ip", "-n", lab.name, "-batch", "-"]
            let input = Pipe()
            churn.standardInput = input
            churn.standardError = FileHandle.nullDevice
            try churn.run()
            let feeder = Thread {
                let round = "link add churn up type dummy\naddr add 10.99.0.1/24 dev churn\nlink del churn\n"
                let batch = Data(String(repeating: round, count: 200).utf8)
                // Ends when the pipe's reader does.
                signal(SIGPIPE, SIG_IGN)
                while (try? input.fileHandleForWriting.write(contentsOf: batch)) != nil {}
            }
            feeder.start()
            defer { churn.terminate() }

            var readings = 0
            while kernel.statistics.retakenDumps == 0, readings < 3000 {
                let network = try kernel.snapshot()
                readings += 1
                for name in steady { #expect(network[try LinkName(name)]?.kind == .bridge) }
                #expect((121...122).contains(network.links.count))
                if let churn = network[try LinkName("churn")] { #expect(churn.kind == .other("dummy")) }
            }
            #expect(kernel.statistics.retakenDumps > 0, "no dump was interrupted in \(readings) readings")
        }
    }
}
