import HostNetwork
import Planner
import Testing
import Topology

/// What hosts are in that no file of weft's alone has brought about: addresses gone, ports of others, routes of several ways.
@Suite struct `Plans on unusual hosts` {
    @Test func `a bridge whose ports all leave has an address when it is given VLANs of its own`() throws {
        var host = try HostModel(nics: ["nic0", "nic1"])
        try host.apply("version: 1\nbonds: {bond0: {ports: [], mode: 1, miimon: 100}}\nbridges: {br0: {ports: [bond0], vlan_filtering: true}}\n")
        let bridge = try LinkName("br0")
        host.network[bridge]?.mac = try MACAddress("02:00:00:00:00:aa")
        let plan = try host.plan("version: 1\nbridges: {br0: {ports: [nic1], vlan_filtering: true, self: {access: 36}}}\n") { $0.allowsOutage = true }
        let step = try #require(plan.steps.first { $0.actions.contains { if case .setVLANs(_, .itself(bridge)) = $0 { true } else { false } } })
        guard case .change(let first)? = step.actions.first else { return #expect(Bool(false), "\(step.actions)") }
        #expect(first.mac == (try MACAddress("02:00:00:00:00:aa")))
    }

    @Test func `a bridge that its ports have left gets an address before other VLANs of its own, and its lack of one is no way back`() throws {
        var host = try HostModel(nics: ["nic0"])
        try host.apply("version: 1\nbridges: {br0: {ports: [], vlan_filtering: true}}\n")
        let (bridge, nic) = (try LinkName("br0"), try LinkName("nic0"))
        host.network[bridge]?.mac = try MACAddress("00:00:00:00:00:00")
        let actions = try host.plan("version: 1\nbridges: {br0: {ports: [nic0], vlan_filtering: true, vlan_default_pvid: 5}}\n").steps.flatMap(\.actions)
        let changes = actions.compactMap { if case .change(let link) = $0, link.name == bridge { link } else { nil } }
        #expect(changes.map { $0.mac == host.network[nic]?.mac } == [true, false] && changes.map(\.options.entries.isEmpty) == [true, false], "\(changes)")
        #expect(try host.plan("version: 1\nbridges: {br0: {ports: [nic0], vlan_filtering: true}}\n").steps.allSatisfy { !$0.subjects.contains(bridge) })
        #expect(host.network.asCheckpoint[bridge]?.mac == nil)
    }

    @Test func `a bridge's address stays while its ports leave for a moment`() throws {
        var host = try HostModel(nics: ["nic0"])
        try host.apply("version: 1\nbridges: {br0: {ports: [nic0], vlan_filtering: true}}\n")
        let bridge = try LinkName("br0")
        let actions = try host.plan("version: 1\nbridges: {br0: {ports: [nic0], vlan_filtering: true, mst_enabled: true, vlan_default_pvid: 5}}\n").steps.flatMap(\.actions)
        guard case .change(let first)? = actions.first else { return #expect(Bool(false), "\(actions)") }
        #expect(first.name == bridge && first.mac == host.network[bridge]?.mac)
    }

    @Test func `a bridge that goes gives its address to no NIC whose addresses are exclusive`() throws {
        var host = try HostModel(nics: ["nic0"])
        try host.apply("version: 1\nbridges: {br0: {ports: [nic0], addresses: [10.6.0.7/24]}}\n")
        func file(_ exclusive: Bool) -> String { "version: 1\nethernets: {nic0: {addresses: [10.5.0.1/24], addresses_exclusive: \(exclusive)}}\n" }
        for exclusive in [false, true] {
            let plan = try host.plan(file(exclusive)) { $0.allowsOutage = true }
            let given = plan.steps.flatMap(\.actions).contains { if case .addAddress(let address, _) = $0 { address.network.description == "10.6.0.7/24" } else { false } }
            #expect(given == !exclusive)
            #expect(plan.notes.contains { $0.message == "10.6.0.7/24 goes with br0: the addresses of nic0 are exclusive" } == exclusive, "\(plan.notes)")
        }
    }

    @Test func `an IPv6 address of another prefix length is taken off first, and its routes name it again`() throws {
        var host = try HostModel(nics: ["nic0"])
        func file(_ length: Int) -> String { "version: 1\nethernets: {nic0: {addresses: [2001:db8::1/\(length)]}}\n" }
        try host.apply(file(64))
        var route = Route(to: try IPNetwork("2001:db8:e::/48"), via: try IPAddress("2001:db8::fe"), link: try LinkName("nic0"))
        (route.origin, route.source) = (Route.staticOrigin, try IPAddress("2001:db8::1"))
        host.network.routes.append(route)
        let words = try host.plan(file(48)).steps.flatMap(\.actions).compactMap { action -> String? in
            switch action {
            case .removeAddress(let address, _): "- \(address.network)"
            case .addAddress(let address, _): "+ \(address.network)\(address.isUnasked ? " nodad" : "")"
            case .replaceRoute(let route): "route \(route.destination)"
            default: nil
            }
        }
        #expect(words == ["- 2001:db8::1/64", "+ 2001:db8::1/48 nodad", "+ 2001:db8::1/48", "route 2001:db8:e::/48"])
        try host.apply(file(48))
        #expect(try host.plan(file(48)).isEmpty)
    }

    @Test func `a bridge becomes a VLAN on its own port`() throws {
        var host = try HostModel(nics: ["nic0"])
        try host.apply("version: 1\nbridges: {x0: {ports: [nic0], addresses: [10.2.0.1/24]}}\n")
        let plan = try host.plan("version: 1\nvlans: {x0: {parent: nic0, id: 7, addresses: [10.2.0.1/24]}}\n") { ($0.allowsOutage, $0.mayRecreate) = (true, .all) }
        #expect(plan.refusals == [] && plan.steps.map(\.verb) == [.delete, .create, .change], "\(plan.refusals)")
    }

    @Test func `the plan takes away what others have of routes over a link that is switched off`() throws {
        var host = try HostModel(nics: ["nic0"])
        func file(_ isUp: Bool) -> String { "version: 1\nvlans: {v3: {parent: nic0, id: 40, up: \(isUp), addresses: [2001:db8:7::1/64, 10.4.0.1/24]}}\n" }
        try host.apply(file(true))
        for (to, via) in [("2001:db8:e::/48", "2001:db8:7::fe"), ("10.9.0.0/16", "10.4.0.254")] {
            var route = Route(to: try IPNetwork(to), via: try IPAddress(via), link: try LinkName("v3"))
            route.origin = Route.staticOrigin
            host.network.routes.append(route)
        }
        let gone = try host.plan(file(false)) { $0.allowsOutage = true }.steps.flatMap(\.actions).compactMap { action -> String? in
            if case .removeRoute(let route) = action { route.destination.description } else { nil }
        }
        #expect(Set(gone) == ["2001:db8:e::/48", "10.9.0.0/16"])
    }

    @Test func `a name that was a further name of another link is free before a link is made by it, and the other way round`() throws {
        var host = try HostModel(nics: ["nic0", "nic1"])
        let first = "version: 1\nbridges: {b0: {ports: [nic0], altnames: [red]}}\n"
        let second = "version: 1\nbridges: {b0: {ports: [nic0], altnames: []}, red: {ports: [nic1]}}\n"
        try host.apply(first)
        let there = try host.plan(second).steps.flatMap(\.actions)
        let freed = try #require(there.firstIndex { if case .removeName = $0 { true } else { false } })
        let made = try #require(there.firstIndex { if case .create(let link) = $0 { link.name.text == "red" } else { false } })
        #expect(freed < made, "\(there)")
        try host.apply(second)
        let back = try host.plan(first) { $0.allowsOutage = true }.steps.flatMap(\.actions)
        let deleted = try #require(back.firstIndex { if case .delete = $0 { true } else { false } })
        let named = try #require(back.firstIndex { if case .addName = $0 { true } else { false } })
        #expect(deleted < named, "\(back)")
    }

    @Test func `a link that is switched off has its IPv6 addresses again, which the kernel drops with that`() throws {
        var host = try HostModel(nics: ["nic0"])
        func file(_ isUp: Bool) -> String { "version: 1\nvlans: {v3: {parent: nic0, id: 40, up: \(isUp), addresses: [2001:db8:7::1/64, 10.4.0.1/24]}}\n" }
        try host.apply(file(true))
        let actions = try host.plan(file(false)) { $0.allowsOutage = true }.steps.flatMap(\.actions)
        let off = try #require(actions.firstIndex { if case .change(let link) = $0 { link.isUp == false } else { false } })
        let again = actions[(off + 1)...].compactMap { if case .addAddress(let address, _) = $0 { address.network.description } else { nil } }
        #expect(again == ["2001:db8:7::1/64"])
    }

    @Test func `routes over a VLAN wait until its parent has gone down and come up in a bond`() throws {
        var host = try HostModel(nics: ["nic0", "nic1"])
        func file(_ ports: String, _ routes: String) -> String {
            "version: 1\nbonds: {bond0: {ports: [\(ports)], mode: 1, miimon: 100}}\nvlans: {v3: {parent: nic1, id: 20, addresses: [2001:db8:3::1/64]}}\n\(routes)"
        }
        try host.apply(file("nic0", ""))
        let plan = try host.plan(file("nic0, nic1", "routes: [{to: 2001:db8:e::/48, via: 2001:db8:3::fe, link: v3}]\n")) { $0.allowsOutage = true }
        let actions = plan.steps.flatMap(\.actions)
        let entry = try #require(actions.firstIndex { if case .change(let link) = $0 { link.attachment?.master != nil } else { false } })
        let route = try #require(actions.firstIndex { if case .replaceRoute = $0 { true } else { false } })
        #expect(entry < route, "\(actions)")
    }

    @Test func `a route of several ways follows the address that its ways rest on, and is lost where one of them would lead nowhere`() throws {
        var host = try HostModel(nics: ["nic0", "nic1"])
        try host.address("nic0", "10.1.0.1/24")
        try host.address("nic1", "10.2.0.1/24")
        func route(_ links: [String]) throws -> Route {
            var route = Route(to: try IPNetwork("0.0.0.0/0"), link: nil)
            route.origin = Route.staticOrigin
            route.nextHops = try zip(links, ["10.1.0.253", "10.1.0.254"]).map { Route.NextHop(gateway: try IPAddress($1), link: try LinkName($0), weight: 1) }
            return route
        }
        host.network.routes.append(try route(["nic0", "nic0"]))
        let file = "version: 1\nbridges: {br0: {ports: [nic0], addresses: [10.1.0.1/24]}}\n"
        let plan = try host.plan(file)
        #expect(plan.refusals == [])
        let moved = plan.steps.flatMap(\.actions).compactMap { if case .replaceRoute(let route) = $0 { route.links.map(\.text) } else { nil } }
        #expect(moved == [["br0", "br0"]])
        // The second way goes over a card that becomes a port too, and whose address nobody takes over.
        host.network.routes.removeLast()
        host.network.routes.append(try route(["nic0", "nic1"]))
        let lost = try host.plan(file.replacing("[nic0]", with: "[nic0, nic1]"))
        #expect(lost.refusals.contains { $0.message.contains("multipath") }, "\(lost.refusals)")
    }

    @Test func `ports of a bond that becomes a bridge come up again, which went down with it, those too that it does not take over`() throws {
        var host = try HostModel(nics: ["nic0", "nic1"])
        try host.apply("version: 1\nbonds: {x0: {ports: [nic0, nic1], mode: 1, miimon: 100}}\n")
        let plan = try host.plan("version: 1\nbridges: {x0: {ports: [nic0]}}\n") { ($0.allowsOutage, $0.mayRecreate) = (true, .all) }
        let raised = plan.steps.flatMap(\.actions).compactMap { if case .change(let link) = $0, link.isUp == true { link.name.text } else { nil } }
        #expect(Set(raised).isSuperset(of: ["nic0", "nic1"]), "\(plan.steps)")
    }

    @Test func `going back to an older state asks before it takes a port or an address from others, and undoing a change does not`() throws {
        var host = try HostModel(nics: ["nic0"])
        let before = host.network
        try host.apply("version: 1\nbridges: {br0: {ports: [nic0]}}\n")
        let bridge = try LinkName("br0")
        var request = PlanRequest(wanted: before.asCheckpoint, actual: host.network)
        (request.isRollback, request.isRollbackAsked) = (true, true)
        #expect(Planner.plan(request).refusals == [])
        try host.foreign("tapx", master: "br0")
        request.actual = host.network
        #expect(Planner.plan(request).refusals.map(\.message) == ["tapx would lose its master br0, and weft did not put it there"])
        request.isRollbackAsked = false
        #expect(Planner.plan(request).refusals == [])
        host.network[try LinkName("tapx")] = nil
        try host.address("br0", "10.1.0.99/24")
        let addresses = host.network[bridge]?.addresses?.map { var address = $0; address.origin = 0; return address }
        host.network[bridge]?.addresses = addresses
        request.actual = host.network
        request.isRollbackAsked = true
        #expect(Planner.plan(request).refusals.map(\.message) == ["br0 holds 10.1.0.99/24, which weft did not set, and would be taken away"])
        request.allowsOutage = true
        #expect(Planner.plan(request).refusals == [])
    }
}
