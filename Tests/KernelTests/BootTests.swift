import Foundation
import HostNetwork
import Testing

/// What the boot unit's command does on a host that has just started.
@Suite struct `Booting` {
    private static let file = """
        version: 1
        bonds: {bond0: {ports: [ens37, ens38], mode: active-backup, miimon: 100}}
        trunks: {bond0: {vlans: [10]}, ens39: {vlans: [30]}}
        bridges: {br0: {ports: [ens33], addresses: [172.16.0.52/16]}}
        """

    private static func boot(_ lab: Lab, _ file: String = file) throws -> `The commands on a real kernel`.Run {
        let path = "/tmp/\(lab.name).yaml"
        try file.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try `The commands on a real kernel`.weft("apply", "--boot", path, "--nic-wait", "0", "--netns", lab.name)
    }

    @Test func `what is missing holds up only what needs it, and never passes for whole`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37"])
            let boot = try Self.boot(lab)
            #expect(boot.status == 2, "\(boot)")
            for line in ["ens38 is not on this host", "bond0 has 1 of 2 ports", "ens39.30 is held up by ens39", "brvlan-30 has 0 of 1 ports"] {
                #expect(boot.errors.contains(line), "\(line): \(boot)")
            }
            let links = try lab.links()
            for name in ["br0", "bond0", "bond0.10", "brvlan-10", "brvlan-30"] { #expect(links[name] != nil, "\(name)") }
            #expect(try `The commands on a real kernel`.weft("status", "--netns", lab.name).output.contains("NOT WHOLE"))

            // The cards appear: the next run has all of it, and the status says so.
            try lab.nicsUp(["ens38", "ens39"])
            let again = try Self.boot(lab)
            #expect(again.status == 0, "\(again)")
            let status = try `The commands on a real kernel`.weft("status", "--netns", lab.name)
            #expect(!status.output.contains("NOT WHOLE"))
            #expect(try `The commands on a real kernel`.weft("plan", "-", "--netns", lab.name, input: Self.file).status == 0)
        }
    }

    @Test func `a boot that came to nothing is no boot that lacked nothing`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38", "ens39"])
            #expect(try Self.boot(lab, "garbage: [").status == 1)
            let status = try `The commands on a real kernel`.weft("status", "--netns", lab.name)
            #expect(status.output.contains("NOT WHOLE") && status.output.contains("the host has not been given its network: `weft apply --boot` failed"), "\(status)")
            #expect(try `The commands on a real kernel`.weft("status", "--json", "--netns", lab.name).output.contains("\"link\" : \"the host\""))
            // Its administrator mends it by hand, and confirms that in one of the two cases.
            #expect(try `The commands on a real kernel`.weft("apply", "-", "--yes", "--netns", lab.name, input: Self.file).status == 0)
            #expect(try !`The commands on a real kernel`.weft("status", "--netns", lab.name).output.contains("NOT WHOLE"))
            #expect(try Self.boot(lab, "garbage: [").status == 1)
            let confirmed = try `The commands on a real kernel`.weft(
                "apply", "-", "--yes", "--confirm-within", "10m", "--detach", "--netns", lab.name, input: Self.file.replacing("miimon: 100", with: "miimon: 200"))
            #expect(confirmed.status == 0, "\(confirmed)")
            #expect(try `The commands on a real kernel`.weft("status", "--netns", lab.name).output.contains("NOT WHOLE"))
            #expect(try `The commands on a real kernel`.weft("confirm", "--netns", lab.name).status == 0)
            #expect(try !`The commands on a real kernel`.weft("status", "--netns", lab.name).output.contains("NOT WHOLE"))
            #expect(try Self.boot(lab).status == 0)
            #expect(try !`The commands on a real kernel`.weft("status", "--netns", lab.name).output.contains("NOT WHOLE"))
        }
    }

    @Test func `links that are there already become weft's`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38", "ens39"])
            try lab.ip("link add br0 type bridge\nlink set ens33 master br0\nlink set br0 up")
            let boot = try Self.boot(lab)
            #expect(boot.status == 0, "\(boot)")
            #expect(boot.errors.contains("br0 was there already"))
            #expect(try `The commands on a real kernel`.weft("destroy", "--all", "--yes", "--allow-outage", "--netns", lab.name).status == 0)
            #expect(try lab.links()["br0"] == nil)
        }
    }

    @Test func `on a host that runs already, what cannot be changed in place is left as it is`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38", "ens39"])
            #expect(try Self.boot(lab).status == 0)
            let links = try lab.links()
            // The same link with another id has to be made anew, which takes leave that a boot has not.
            let other = Self.file.replacing("trunks: {bond0: {vlans: [10]}", with: "vlans: {bond0.10: {parent: bond0, id: 11}}\ntrunks: {")
                .replacing("{, ens39", with: "{ens39")
                .replacing("bridges: {", with: "bridges: {brvlan-10: {ports: [bond0.10]}, ")
            let boot = try Self.boot(lab, other)
            #expect(boot.status == 2, "\(boot)")
            #expect(boot.errors.contains("bond0.10 is left out"), "\(boot)")
            let now = try lab.links()
            for name in ["bond0", "bond0.10", "brvlan-10", "br0"] {
                #expect(now[name]?["ifindex"] as? Int == links[name]?["ifindex"] as? Int, "\(name)")
            }
            #expect(now["bond0.10"]?["master"] as? String == "brvlan-10")
        }
    }

    @Test func `what the kernel refuses is left out, and the rest stands`() async throws {
        try await Lab.with { lab in
            try lab.nicsUp(["ens33", "ens37", "ens38", "ens39"])
            // A stranger has the tag that the file wants.
            try lab.ip("link add link ens39 name stranger type vlan id 30")
            let boot = try Self.boot(lab)
            #expect(boot.status == 2, "\(boot)")
            #expect(boot.errors.contains("ens39.30 is left out") && boot.errors.contains("stranger"), "\(boot)")
            #expect(try lab.links()["brvlan-10"] != nil)
            #expect(try lab.links()["stranger"] != nil)
        }
    }
}
