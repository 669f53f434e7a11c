import Foundation
import HostNetwork
import Netlink
import Testing

/// A network namespace of a test's own, in which `ip` prepares and judges: what weft says of itself proves nothing.
///
/// It needs root, and a kernel with bonding, 802.1Q, bridge and dummy links; without them a test fails, it is never skipped.
/// A program started costs 35 ms in User Mode Linux: commands go down in batches.
struct Lab: Sendable {
    /// The namespace's name.
    let name: String

    /// The namespace for the code under test.
    var namespace: NetworkNamespace { NetworkNamespace(named: name) }

    /// Something the lab itself could not do.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a test in a fresh namespace, which is deleted afterwards whatever happens.
    static func with(_ test: (Lab) async throws -> Void) async throws {
        // Before the first bond, so that no bond0 appears by itself.
        for feature in KernelFeature.allCases { try KernelFeature.load(feature) }
        let lab = Lab(name: "weft-\(UUID().uuidString.prefix(8).lowercased())")
        _ = try run(["ip", "netns", "add", lab.name])
        let result: Result<Void, any Error>
        do {
            try await test(lab)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        _ = try run(["ip", "netns", "delete", lab.name])
        try result.get()
    }

    /// A connection in the namespace, which has read it once.
    func connect() throws -> KernelConnection {
        var kernel = try KernelConnection.open(in: namespace)
        _ = try kernel.snapshot()
        return kernel
    }

    // MARK: Preparing

    /// Runs a batch of `ip` commands, one a line.
    @discardableResult
    func ip(_ commands: String) throws -> String {
        try Self.run(["ip", "-n", name, "-batch", "-"], input: commands + "\n")
    }

    /// Runs a batch of `bridge` commands, one a line.
    func bridge(_ commands: String) throws {
        _ = try Self.run(["bridge", "-n", name, "-batch", "-"], input: commands + "\n")
    }

    /// Makes dummy links that stand in for NICs, with the addresses 02:00:00:00:00:01 and up. They are down.
    func nics(_ names: [String]) throws {
        try ip(Self.adding(names))
    }

    static func adding(_ names: [String]) -> String {
        names.enumerated().map { place, name in
            "link add \(name) address 02:00:00:00:00:\(String(format: "%02x", place + 1)) type dummy"
        }.joined(separator: "\n")
    }

    // MARK: Judging

    /// What `ip -j` prints for a command such as `-d link`, as decoded JSON. Empty objects, which `ip` prints for what it filtered out, are left out.
    func json(_ command: String) throws -> [[String: Any]] {
        try Self.json(try Self.run(["ip", "-n", name, "-j"] + command.split(separator: " ").map { String($0) }))
    }

    /// What `bridge -j` prints.
    func bridgeJSON(_ command: String) throws -> [[String: Any]] {
        try Self.json(try Self.run(["bridge", "-n", name, "-j"] + command.split(separator: " ").map { String($0) }))
    }

    /// What several of `ip`'s commands print, each as ``json(_:)`` has it: one program is started for all.
    func answers(to commands: [String]) throws -> [[[String: Any]]] {
        let text = try Self.run(["ip", "-n", name, "-d", "-j", "-batch", "-"], input: commands.map { $0 + "\n" }.joined())
        let lines = text.split(separator: "\n")
        guard lines.count == commands.count else { throw Failure(description: "\(lines.count) answers to \(commands)") }
        return try lines.map { try Self.json(String($0)) }
    }

    /// Every link as `ip -d link` tells it, by name.
    func links() throws -> [String: [String: Any]] {
        Dictionary(try json("-d link").map { ($0["ifname"] as? String ?? "", $0) }) { first, _ in first }
    }

    /// What `ip` writes, as bytes.
    func bytes(_ command: String) throws -> [UInt8] {
        [UInt8](try Self.output(["ip", "-n", name] + command.split(separator: " ").map { String($0) }))
    }

    /// What weft and `ip` disagree about, once both have looked at a network that stands still. States and link-local addresses
    /// go on changing for a while after a link came up, so that two readings in a row may differ for no fault of either.
    func settledDifferences(_ compare: () throws -> [String]) throws -> [String] {
        var found = try compare()
        var attempts = 1
        while !found.isEmpty, attempts < 20 {
            Thread.sleep(forTimeInterval: 0.2)
            found = try compare()
            attempts += 1
        }
        return found
    }

    /// What weft and `ip` disagree about in a link.
    func differences(_ link: String, _ kernel: inout KernelConnection) throws -> [String] {
        let name = try LinkName(link)
        return try settledDifferences {
            guard let ours = try kernel.snapshot()[name], let theirs = try links()[link] else { return ["\(link) is missing"] }
            return NetlinkJudge.differences(ours, theirs)
        }
    }

    private static func json(_ text: String) throws -> [[String: Any]] {
        guard !text.isEmpty else { return [] }
        guard let objects = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] else {
            throw Failure(description: "not a list of objects: \(text.prefix(200))")
        }
        return objects.filter { !$0.isEmpty }
    }

    /// Runs a program, and fails with its words where its status is not 0.
    @discardableResult
    static func run(_ words: [String], input: String = "") throws -> String {
        String(decoding: try output(words, input: input), as: UTF8.self)
    }

    /// Where programs are. `/usr/bin/env` would look for them too, and takes as long as the program itself.
    private static let programs: [String: URL] = Dictionary(
        uniqueKeysWithValues: ["ip", "bridge"].compactMap { name in
            let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/sbin", "/sbin"]
            return places.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }.map { (name, URL(fileURLWithPath: $0)) }
        })

    private static func output(_ words: [String], input: String = "") throws -> Data {
        let process = Process()
        let program = programs[words[0]]
        process.executableURL = program ?? URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = program == nil ? words : Array(words.dropFirst())
        let output = Pipe()
        let errors = Pipe()
        let standardInput = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = standardInput
        try process.run()
        // The programs here read all of their input before they write much.
        standardInput.fileHandleForWriting.write(Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let written = output.fileHandleForReading.readDataToEndOfFile()
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(words.joined(separator: " ")) <<< '\(input)': status \(process.terminationStatus): \(complaints)")
        }
        return written
    }
}

extension Link {
    /// A link of a kind and some options by their names, as a test writes it.
    init(_ name: String, _ kind: LinkKind, parent: String? = nil, master: String? = nil, up: Bool? = nil, options: [String: String] = [:])
        throws
    {
        self.init(try LinkName(name), kind: kind)
        self.parent = try parent.map { try LinkName($0) }
        self.attachment = try master.map { .port(of: try LinkName($0)) }
        self.isUp = up
        for (key, text) in options {
            let row = try #require(kind.optionScope.flatMap { OptionRow.named(key, in: $0) }, "no option \(key)")
            self.options[row] = try row.parse(text)
        }
    }
}
