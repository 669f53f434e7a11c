import Foundation
import Testing

/// A host that a topology was applied to, and the network scripts that the same topology is rendered to.
@Suite struct `Network scripts and the host` {
    private static let examples = ((try? FileManager.default.contentsOfDirectory(atPath: Lab.examples.path())) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    private static let nics = ["ens33", "ens34", "ens35", "ens36", "ens37", "ens38", "ens39", "ens40"]

    private static func inFolder(_ test: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "weft-scripts-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await test(folder)
    }

    @Test(arguments: examples)
    func `what is imported from rendered files plans to no changes`(_ example: String) async throws {
        typealias Program = `The commands on a real kernel`
        #expect(Self.examples.count > 5)
        try await Self.inFolder { folder in
            try await Lab.with { lab in
                try lab.nicsUp(Self.nics)
                let file = Lab.examples.appending(path: example).path()
                let apply = try Program.weft("apply", file, "--netns", lab.name, "--yes", "--settle", "0")
                #expect(apply.status == 0, "\(apply)")
                var rendered = 0
                for dialect in ["both", "initscripts", "networkmanager"] {
                    let render = try Program.weft("render", "ifcfg", file, "-o", "\(folder)/\(dialect)", "--dialect", dialect, "--yes")
                    if render.status == 1, render.errors.contains("--dialect") { continue }
                    #expect(render.status == 0, "\(render)")
                    rendered += 1
                    let imported = try Program.weft("import", "ifcfg", "\(folder)/\(dialect)", "--dialect", dialect, "-o", "\(folder)/\(dialect).yaml")
                    #expect(imported.status == 0 && imported.errors.isEmpty, "\(imported)")
                    let plan = try Program.weft("plan", "\(folder)/\(dialect).yaml", "--netns", lab.name)
                    #expect(plan.status == 0 && plan.output.contains("No changes."), "\(dialect): \(plan)")
                }
                #expect(rendered > 0)
            }
        }
    }

    @Test func `a NIC that the file knows by its address gets the name that it has here, and its file holds for no other card`() async throws {
        typealias Program = `The commands on a real kernel`
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            let yaml = """
                version: 1
                ethernets: {uplink: {match: {mac: "02:00:00:00:00:02"}}}
                bonds: {bond0: {ports: [uplink], mode: 1, miimon: 100}}
                """
            let render = try Program.weft("render", "ifcfg", "-", "--netns", lab.name, input: yaml)
            #expect(render.status == 0, "\(render)")
            #expect(render.output.contains("==> ifcfg-ens37 <=="))
            #expect(render.output.contains("HWADDR=02:00:00:00:00:02"))
            #expect(!render.output.contains("uplink"))

            let elsewhere = try Program.weft("render", "ifcfg", "-", "--netns", lab.name, input: yaml.replacing("00:02", with: "00:99"))
            #expect(elsewhere.status == 1)
            for words in ["<stdin>:2:", "no NIC of this host has MAC address 02:00:00:00:00:99", "rendered on the host that has them"] {
                #expect(elsewhere.errors.contains(words), "\(elsewhere)")
            }
        }
    }
}
