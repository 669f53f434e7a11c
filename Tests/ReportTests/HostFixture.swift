import HostNetwork

extension Fixtures {
    /// Four NICs in a bond under a bridge, VLANs on that bridge, their own bridges, guests' taps; a NIC with a lease, another
    /// program's bridge, a tap by itself.
    static func host() throws -> HostNetwork {
        var links = try fourNICs()
        let bond = try LinkName("bond0")
        for place in links.indices { links[place].attachment = .port(of: bond) }
        links[3].hasCarrier = false
        links[3].operationalState = "DOWN"
        links.append(try made("bond0", .bond, mac: "52:54:00:00:00:37") {
            $0.attachment = .port(of: try LinkName("br1"))
            $0.options[.mode] = .number(6)
            $0.options[.miimon] = .number(100)
            $0.activePort = try LinkName("ens38")
            $0.portState = "forwarding"
        })
        links.append(try made("br1", .bridge, mac: "52:54:00:00:00:37") {
            $0.index = 7
            $0.addresses = [Address(try IPNetwork("172.16.0.52/16")), Address(try IPNetwork("2001:db8::52/64"))]
            $0.addresses?[0].isOwned = true
            $0.options[.stpState] = .number(1)
            $0.options[.forwardDelay] = .number(1500)
            $0.alias = "outside: 上联"
        })
        for id in [10, 20] {
            links.append(try made("br1.\(id)", .vlan, mac: "52:54:00:00:00:37") {
                $0.parent = try LinkName("br1")
                $0.attachment = .port(of: try LinkName("brvlan-\(id)"))
                $0.options[.vlanID] = .number(Int64(id))
                $0.options[.vlanProtocol] = .number(id == 20 ? 0x88a8 : 0x8100)
            })
            links.append(try made("brvlan-\(id)", .bridge, mac: "52:54:00:00:00:37"))
            links.append(try tap("vnet\(id / 10 - 1)", on: "brvlan-\(id)"))
        }
        links.append(try tap("vnet2", on: "brvlan-20"))
        links.append(try nic("ens33", mac: "52:54:00:00:00:33") {
            var lease = Address(try IPNetwork("192.168.1.7/24"))
            lease.validLifetime = 3600
            $0.addresses = [lease]
        })
        links.append(try link("docker0", .bridge) {
            $0.isUp = true
            $0.hasCarrier = false
            $0.mtu = 1500
            $0.group = 0
            $0.addresses = [Address(try IPNetwork("172.17.0.1/16"))]
        })
        links.append(try tap("tap9", on: nil))
        links.append(try loopback())
        var gateway = Route(to: .everything(.ipv4), via: try IPAddress("172.16.0.1"), link: try LinkName("br1"))
        gateway.origin = Ownership.originNumber
        var lease = Route(to: .everything(.ipv4), via: try IPAddress("192.168.1.1"), link: try LinkName("ens33"))
        lease.origin = 16
        lease.metric = 100
        var connected = Route(to: try IPNetwork("172.16.0.0/16"), link: try LinkName("br1"))
        connected.origin = 2
        return HostNetwork(links: links, routes: [lease, connected, gateway])
    }
}
