import Change
import Foundation
import HostNetwork
import Planner
import Testing
import Topology

@Suite struct `Transactions` {
    static func host() throws -> HostNetwork {
        var network = HostNetwork(
            links: try (1...5).map { number in
                var nic = Link(try LinkName("ens\(number)"), kind: .nic)
                nic.index = Int32(number + 1)
                nic.isUp = true
                nic.mtu = 1500
                nic.attachment = .free
                nic.addresses = []
                nic.alias = ""
                nic.txQueueLength = 1000
                nic.group = 0
                nic.mac = try MACAddress("52:54:00:00:00:0\(number)")
                return nic
            })
        network[try LinkName("ens1")]?.addresses = [Address(try IPNetwork("172.16.0.52/16"))]
        var route = Route(to: .everything(.ipv4), via: try IPAddress("172.16.0.1"), link: try LinkName("ens1"))
        route.origin = Route.staticOrigin
        network.routes = [route]
        return network
    }

    static let file = """
        version: 1
        bonds:
          bond0: {ports: [ens2, ens3, ens4, ens5], mode: 1, miimon: 100}
        bridges:
          br0: {ports: [ens1], addresses: [172.16.0.52/16], gateway: 172.16.0.1}
        trunks:
          bond0: {vlans: [10, 20]}
        """

    static func transaction(_ network: HostNetwork, _ yaml: String = file) throws -> Transaction {
        let request = PlanRequest(wanted: try Topology.parse(yaml, file: "t.yaml").network, actual: network)
        return Transaction(request: request, plan: Planner.plan(request))
    }

    /// A directory for weft's record that is gone when the body has run.
    static func withDirectory<R>(_ body: (StateDirectory) throws -> R) throws -> R {
        let root = FileManager.default.temporaryDirectory.appending(path: "weft-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: root) }
        return try body(try StateDirectory.open(cookie: 1, root: root))
    }

    @Test func `a guest that ends while a change is under way takes its tap along, and undoes nothing`() throws {
        try Self.withDirectory { directory in
            let (bridge, tap) = (try LinkName("br0"), try LinkName("vnet0"))
            var network = HostNetwork()
            network[bridge] = Link(bridge, kind: .bridge)
            network[bridge]?.options[.vlanFiltering] = .number(1)
            network[tap] = Link(tap, kind: .other("tun"))
            network[tap]?.attachment = .port(of: bridge)
            network.bridgeVLANs[tap] = .initial(defaultPVID: 1)
            var request = PlanRequest(wanted: HostNetwork(), actual: network)
            request.wanted.want(
                TapPort(
                    domain: "vm1", mac: try MACAddress("52:54:00:00:00:01"), tap: tap, bridge: bridge,
                    settings: PortSettings(vlans: [BridgeVLAN(10, isUntagged: true, isPVID: true)])))
            let plan = Planner.plan(request)
            var kernel = FaultyKernel(network)
            kernel.later = (1, { $0[tap] = nil })
            let outcome = try Transaction(request: request, plan: plan).carryOut(on: &kernel, directory: directory)
            guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(kernel.log.count == 2, "\(kernel.log)")
        }
    }

    @Test func `a change without faults is done and verified`() throws {
        try Self.withDirectory { directory in
            var kernel = FaultyKernel(try Self.host())
            let outcome = try Self.transaction(kernel.network).carryOut(on: &kernel, directory: directory)
            guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
            let again = try Self.transaction(kernel.network).carryOut(on: &kernel, directory: directory)
            guard case .nothingToDo = again else { return #expect(Bool(false), "\(again)") }
        }
    }

    @Test func `whichever message fails, the host is as it was`() throws {
        let before = try Self.host()
        let count = try Self.transaction(before).plan.steps.flatMap(\.actions).count
        #expect(count > 15)
        for number in 0..<count {
            try Self.withDirectory { directory in
                var kernel = FaultyKernel(before)
                kernel.failing = number
                let outcome = try Self.transaction(before).carryOut(on: &kernel, directory: directory)
                guard case .rolledBack(let failure) = outcome else { return #expect(Bool(false), "message \(number): \(outcome)") }
                #expect(failure.description.contains("injected"))
                #expect(failure.step != nil)
                #expect(Self.isSame(kernel.network, before), "message \(number)")
                #expect(try PortRecord.load(from: directory).isEmpty)
            }
        }
    }

    @Test func `what cannot be put back is listed, and not called rolled back`() throws {
        try Self.withDirectory { directory in
            var kernel = FaultyKernel(try Self.host())
            kernel.failing = 12
            kernel.isStubborn = true
            let outcome = try Self.transaction(kernel.network).carryOut(on: &kernel, directory: directory)
            guard case .notRolledBack(_, let left) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(left.contains { $0.contains("br0") })
        }
    }

    @Test func `what somebody else undoes meanwhile is found by the verification`() throws {
        try Self.withDirectory { directory in
            var kernel = FaultyKernel(try Self.host())
            let count = try Self.transaction(kernel.network).plan.steps.flatMap(\.actions).count
            let victim = try LinkName("ens3")
            kernel.intrusion = (count, { $0[victim]?.attachment = .free })
            let outcome = try Self.transaction(kernel.network).carryOut(on: &kernel, directory: directory)
            guard case .rolledBack(let failure) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(failure.description.contains("ens3"))
        }
    }

    @Test func `what was not to be touched and is gone fails the change`() throws {
        try Self.withDirectory { directory in
            var network = try Self.host()
            network[try LinkName("ens5")]?.addresses = [Address(try IPNetwork("192.0.2.7/24"))]
            var kernel = FaultyKernel(network)
            let yaml = "version: 1\nbridges: {br9: {ports: [ens4]}}\n"
            let victim = try LinkName("ens5")
            kernel.intrusion = (2, { $0[victim]?.addresses = [] })
            let outcome = try Self.transaction(network, yaml).carryOut(on: &kernel, directory: directory)
            guard case .notRolledBack(let failure, let left) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(failure.description.contains("ens5 has lost 192.0.2.7/24"))
            #expect(left == ["ens5 has lost 192.0.2.7/24, which this change does not touch"])
            #expect(kernel.network[try LinkName("br9")] == nil)
        }
    }

    @Test func `a rollback takes nothing along that somebody has put on weft's links meanwhile`() throws {
        try Self.withDirectory { directory in
            var kernel = FaultyKernel(try Self.host())
            var macvlan = Link(try LinkName("macvlan0"), kind: .other("macvlan"))
            macvlan.parent = try LinkName("br0")
            macvlan.group = 0
            macvlan.attachment = .free
            macvlan.addresses = []
            let stranger = macvlan
            kernel.intrusion = (8, { $0[stranger.name] = stranger })
            kernel.failing = 14
            let outcome = try Self.transaction(kernel.network).carryOut(on: &kernel, directory: directory)
            guard case .notRolledBack(_, let left) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(left.contains { $0.contains("macvlan0") })
            #expect(kernel.network[stranger.name] != nil)
            #expect(kernel.network[try LinkName("br0")] != nil)
        }
    }

    @Test func `a guest that starts or ends meanwhile is no failure`() throws {
        for isStarting in [true, false] {
            try Self.withDirectory { directory in
                var network = try Self.host()
                let tap = try LinkName("vnet0")
                network[tap] = Link(tap, kind: .other("tun"))
                network[tap]?.isUp = false
                network[tap]?.attachment = .free
                network[tap]?.addresses = []
                var kernel = FaultyKernel(network)
                kernel.intrusion = (5, { if isStarting { $0[tap]?.isUp = true } else { $0[tap] = nil } })
                let outcome = try Self.transaction(network).carryOut(on: &kernel, directory: directory)
                guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
            }
        }
    }

    @Test func `a bridge that somebody has put a port into meanwhile is not deleted`() throws {
        try Self.withDirectory { directory in
            var kernel = FaultyKernel(try Self.host())
            func file(_ bridge: String) -> String { "version: 1\nbridges: {\(bridge): {ports: [ens4]}}\n" }
            _ = try Self.transaction(kernel.network, file("br9")).carryOut(on: &kernel, directory: directory, caution: Caution(settle: 0))
            let bridge = try LinkName("br9")
            var tap = Link(try LinkName("tapx"), kind: .other("tun"))
            (tap.isUp, tap.addresses, tap.attachment) = (true, [], .port(of: bridge))
            let newcomer = tap
            kernel.intrusion = (kernel.sent + 1, { $0[newcomer.name] = newcomer })
            let outcome = try Self.transaction(kernel.network, file("br8")).carryOut(on: &kernel, directory: directory, caution: Caution(settle: 0))
            guard case .rolledBack(let failure) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(failure.problems == ["tapx has become, and not by weft, a port of br9, which was about to be deleted"])
            #expect(kernel.network[bridge] != nil && kernel.network[newcomer.name]?.master == bridge)
        }
    }

    @Test func `the foreign links that weft put into masters are on record`() throws {
        try Self.withDirectory { directory in
            var network = try Self.host()
            network[try LinkName("ens4")]?.kind = .other("veth")
            var kernel = FaultyKernel(network)
            _ = try Self.transaction(network).carryOut(on: &kernel, directory: directory)
            let record = try PortRecord.load(from: directory)
            #expect(record.ports(in: kernel.network).contains(try LinkName("ens4")))
        }
    }

    @Test func `a second weft is told who holds the lock, and a dead holder's lock is none`() throws {
        try Self.withDirectory { directory in
            do {
                let lock = try HostLock.take(in: directory, as: .thisProcess(arguments: ["weft", "seven"]))
                do {
                    _ = try HostLock.take(in: directory, as: .thisProcess())
                    #expect(Bool(false), "two locks at once")
                } catch {
                    #expect("\(error)".contains("`weft seven`"))
                }
                _ = consume lock
            }
            _ = try HostLock.take(in: directory, as: .thisProcess())
        }
    }

    @Test func `a directory that others can write in is refused`() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "weft-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
        #expect(throws: ChangeError.self) { try StateDirectory.open(cookie: 1, root: root) }
    }

    /// Equal in all that a change touches; indexes and order aside.
    private static func isSame(_ left: HostNetwork, _ right: HostNetwork) -> Bool {
        left.links == right.links && Set(left.routes) == Set(right.routes)
    }
}
