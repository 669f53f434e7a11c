import Change
import Foundation
import HostNetwork
import Planner
import Testing
import Topology

@Suite struct `Saved plans as files` {
    @Test(
        arguments: [
            // FIPS 180-4's own examples, and lengths around the end of a block.
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
            (String(repeating: "a", count: 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
            (String(repeating: "a", count: 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
            (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
    func `the digest is SHA-256`(_ text: String, _ digest: String) {
        #expect(SHA256.hex(of: text.utf8) == digest)
    }

    private static func saved() throws -> SavedPlan {
        var nic = Link(try LinkName("ens33"), kind: .nic)
        nic.isUp = true
        nic.addresses = []
        nic.mac = try MACAddress("52:54:00:00:00:01")
        let yaml = "version: 1\nbridges: {br0: {ports: [ens33], description: 'a \"sha256\\\" : \\\"0000 trap'}}\n"
        let wanted = try Topology.parse(yaml.replacing("\\\"", with: "\""), file: "t.yaml").network
        let request = PlanRequest(wanted: wanted, actual: HostNetwork(links: [nic]))
        return SavedPlan(
            Planner.plan(request), for: request, file: "t.yaml", host: "kvm1", weftVersion: "0.1.0", madeAt: "2026-11-21T10:00:00Z", madeBy: "root")
    }

    @Test func `a plan comes back from its file as it was, and its text is always the same`() throws {
        let saved = try Self.saved()
        let text = try saved.text()
        let again = try SavedPlan(bytes: Array(text.utf8), path: "p.weft")
        #expect(again == saved)
        #expect(try again.text() == text)
        #expect(text.contains("\"state_sha256\" : \"\(saved.groundDigest)\""))
        #expect(saved.ground.links.keys.sorted() == ["ens33"])
        #expect(saved.ground.links["ens33"]?["mac"] == "52:54:00:00:00:01")
    }

    @Test func `any byte that is another, and any byte that is missing, is known`() throws {
        let bytes = Array(try Self.saved().text().utf8)
        // Every place would take minutes; a prime step visits all parts.
        for place in stride(from: 0, to: bytes.count, by: 13) {
            var changed = bytes
            changed[place] ^= 1
            #expect(throws: ChangeError.self, "byte \(place) changed") { try SavedPlan(bytes: changed, path: "p.weft") }
            #expect(throws: ChangeError.self, "cut at \(place)") { try SavedPlan(bytes: Array(bytes[..<place]), path: "p.weft") }
        }
        #expect(throws: ChangeError.self) { try SavedPlan(bytes: Array(bytes.dropLast()), path: "p.weft") }
        #expect(throws: ChangeError.self) { try SavedPlan(bytes: Array("version: 1\n".utf8), path: "p.weft") }
    }
}
