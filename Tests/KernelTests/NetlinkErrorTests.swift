import Foundation
import HostNetwork
import Netlink
import Testing

/// What is said when something cannot be done.
@Suite struct NetlinkErrorTests {
    private func name(_ text: String) throws -> LinkName { try LinkName(text) }

    @Test func `an error has what was attempted, the kernel's words and its number`() async throws {
        try await Lab.with { lab in
            try lab.ip("link add br0 type bridge\nlink add br1 type bridge")
            var kernel = try lab.connect()
            let failures = try kernel.perform([.change(try Link("br1", .bridge, master: "br0"))])
            let error = try #require(failures.first?.error)
            #expect(error.attempted == "add br1 to br0")
            #expect(error.kind == .refused)
            #expect(error.code == .loop)
            #expect(error.kernelText == "Can not enslave a bridge to a bridge")
            #expect("\(error)" == "add br1 to br0: Can not enslave a bridge to a bridge [ELOOP]")
        }
    }

    @Test func `where the kernel says nothing, the C library's sentence stands`() async throws {
        try await Lab.with { lab in
            try lab.ip("link add br0 type bridge")
            var kernel = try lab.connect()
            let failures = try kernel.perform([.create(try Link("br0", .bridge))])
            #expect(failures.map { "\($0)" } == ["create bridge br0: File exists [EEXIST]"])
            #expect(failures.first?.error.code == .exists)
        }
    }

    @Test func `in a batch each failure belongs to its own action, and the others are done`() async throws {
        try await Lab.with { lab in
            try lab.nics(["ens33"])
            try lab.ip("link add taken type bridge\nlink set ens33 mtu 1400")
            var kernel = try lab.connect()
            var tooBig = try Link("ens33.20", .vlan, parent: "ens33", options: ["id": "20"])
            tooBig.mtu = 9000
            let actions: [Action] = [
                .create(try Link("br0", .bridge)), .create(try Link("taken", .bridge)),
                .create(try Link("ens33.10", .vlan, parent: "ens33", master: "br0", options: ["id": "10"])), .create(tooBig),
                .create(try Link("br2", .bridge)), .change(try Link("br2", .bridge, master: "br0")),
                .addAddress(Address(try IPNetwork("10.0.0.1/24")), to: try name("br0")),
                .removeAddress(Address(try IPNetwork("10.0.0.2/24")), from: try name("br0")),
                .addRoute(Route(to: try IPNetwork("10.9.0.0/24"), via: try IPAddress("203.0.113.1"), link: nil)),
                .create(try Link("br3", .bridge)),
            ]
            let failures = try kernel.perform(actions)
            #expect(failures.map(\.index) == [1, 3, 5, 7, 8])
            #expect(failures.map(\.error.code) == [.exists, .invalidArgument, .loop, .addressNotAvailable, .networkUnreachable])
            for failure in failures { #expect(failure.action == actions[failure.index]) }
            #expect(failures[4].error.kernelText == "Nexthop has invalid gateway")
            #expect(Set(try lab.links().keys) == ["lo", "ens33", "taken", "br0", "ens33.10", "br2", "br3"])
            // What failed is not in the map, what was made is.
            let next = try kernel.perform([.delete([try name("ens33.20")])])
            #expect(next.map(\.error.kind) == [.unknownLink])
            #expect(try kernel.perform([.delete([try name("br3")])]) == [])
        }
    }

    @Test func `an action that names a link nobody knows keeps the whole list from being sent`() async throws {
        try await Lab.with { lab in
            var kernel = try lab.connect()
            let before = kernel.statistics
            let failures = try kernel.perform([
                .create(try Link("br0", .bridge)), .change(try Link("ens99", .nic, master: "br0")), .create(try Link("br1", .bridge)),
            ])
            #expect(kernel.statistics == before)
            #expect(failures.map(\.index) == [0, 1, 2])
            #expect(failures.map(\.error.kind) == [.notSent, .unknownLink, .notSent])
            #expect("\(failures[1])" == "add ens99 to br0: there is no link named ens99")
            #expect(try lab.links().count == 1)
        }
    }

    @Test func `what comes after a failed call is not sent`() async throws {
        try await Lab.with { lab in
            try lab.ip("link add taken type bridge\nlink add br0 type bridge")
            var kernel = try lab.connect()
            // Three calls' worth of messages of 200 bytes and more; the failure is in the first call.
            var described = try Link("br0", .bridge)
            described.alias = String(repeating: "x", count: 200)
            let before = kernel.statistics
            let failures = try kernel.perform(
                [.create(try Link("taken", .bridge))] + Array(repeating: .change(described), count: 600) + [
                    .create(try Link("br9", .bridge))
                ])
            // One call of actions, and one that asks whether the name or the index is taken.
            #expect(kernel.statistics.sendCalls - before.sendCalls == 2)
            let sent = kernel.statistics.writeMessages - before.writeMessages
            #expect((200..<400).contains(sent))
            #expect(failures.first?.index == 0)
            #expect(failures.first?.error.code == .exists)
            let unsent = failures.dropFirst()
            #expect(unsent.map(\.index) == Array(sent...601))
            #expect(unsent.allSatisfy { $0.error.kind == .notSent && $0.error.code == .canceled })
            #expect(try lab.links()["br9"] == nil)
        }
    }

    @Test func `lost answers are told as an unknown outcome`() async throws {
        try await Lab.with { lab in
            try lab.ip("link add taken type bridge")
            // Room for a few answers only: of hundreds of errors most get lost.
            var kernel = try KernelConnection.open(in: lab.namespace, receiveBufferSize: 2304)
            _ = try kernel.snapshot()
            let actions = try (0..<300).map { _ in Action.create(try Link("taken", .bridge)) } + [.create(try Link("br0", .bridge))]
            let failures = try kernel.perform(actions)
            #expect(failures.count == 301)
            let unknown = failures.filter { $0.error.kind == .outcomeUnknown }
            #expect(unknown.count > 100)
            #expect(unknown.allSatisfy { $0.error.code == .noBufferSpace })
            #expect(failures.filter { $0.error.kind == .refused }.allSatisfy { $0.error.code == .exists })
            // The connection works on, and reading back tells what happened.
            #expect(try kernel.snapshot()[try name("br0")] != nil)
            #expect(try kernel.perform([.delete([try name("br0")])]) == [])
        }
    }

    @Test func `with its own buffer no answer gets lost, even if every message of a call fails`() async throws {
        try await Lab.with { lab in
            try lab.ip("link add taken type bridge")
            var kernel = try lab.connect()
            let failures = try kernel.perform((0..<600).map { _ in .create(try Link("taken", .bridge)) })
            #expect(failures.allSatisfy { $0.error.code == .exists || $0.error.kind == .notSent })
            #expect(failures.filter { $0.error.code == .exists }.count > 500)
        }
    }

    @Test func `hardware cannot be made`() async throws {
        try await Lab.with { lab in
            var kernel = try lab.connect()
            let failures = try kernel.perform([.create(try Link("ens33", .nic))])
            #expect(failures.map(\.error.code) == [.notSupported])
        }
    }

    @Test func `a namespace that does not exist is named`() throws {
        let error = #expect(throws: NetlinkError.self) {
            _ = try KernelConnection.open(in: NetworkNamespace(named: "nowhere")).namespaceCookie
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.code == .noEntry)
        #expect(
            error.map { "\($0)" }
                == "open network namespace 'nowhere': there is no namespace of that name; `ip netns list` shows those that are")
        for name in ["", "..", "../../etc/passwd"] {
            #expect(throws: NetlinkError.self) { _ = try KernelConnection.open(in: NetworkNamespace(named: name)).namespaceCookie }
        }
    }

    @Test func `each namespace has a cookie of its own, and the caller stays where it was`() async throws {
        try await Lab.with { lab in
            let there = try KernelConnection.open(in: lab.namespace).namespaceCookie
            let here = try KernelConnection.open().namespaceCookie
            #expect(there != here)
            #expect(try KernelConnection.open(in: lab.namespace).namespaceCookie == there)
            #expect(try KernelConnection.open().namespaceCookie == here)
        }
    }
}
