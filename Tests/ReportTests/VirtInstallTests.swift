import HostNetwork
import Report
import Testing

@Suite struct `Arguments for virt-install` {
    @Test func `each interface is an argument, quoted for a shell`() throws {
        let mac = try MACAddress("52:54:00:00:00:01")
        var network = DomainDevice(mac: mac, type: "network")
        network.network = "a,b"
        var bridge = DomainDevice(mac: mac, type: "bridge")
        bridge.bridge = "br0"
        bridge.model = "virtio"
        bridge.isIsolated = true
        let domain = Domain(
            name: "it's <a>", uuid: "u", state: .shutOff, isPersistent: true, isActive: false,
            interfaces: [DomainInterface(live: nil, stored: network), DomainInterface(live: nil, stored: bridge)])
        let none = Domain(name: "none", uuid: "n", state: .shutOff, isPersistent: true, isActive: false, interfaces: [])
        #expect(
            VirtInstallArguments.text(of: DomainSnapshot(uri: "", host: "", domains: [none, domain])) == """
                'it'\\''s <a>': --network network=a,,b,mac=52:54:00:00:00:01 --network bridge=br0,mac=52:54:00:00:00:01,model=virtio,port.isolated=yes
                none: --network none

                """)
    }

    @Test func `what hangs on no bridge is left out, and named`() throws {
        var tagged = DomainDevice(mac: try MACAddress("52:54:00:00:00:02"), type: "bridge")
        tagged.bridge = "ovsbr0"
        tagged.switchType = "openvswitch"
        let devices = [DomainDevice(mac: try MACAddress("52:54:00:00:00:01"), type: "direct"), tagged, DomainDevice(mac: try MACAddress("52:54:00:00:00:03"), type: "user")]
        let domain = Domain(
            name: "vm1", uuid: "u", state: .shutOff, isPersistent: true, isActive: false, interfaces: devices.map { DomainInterface(live: nil, stored: $0) })
        let snapshot = DomainSnapshot(uri: "", host: "", domains: [domain])
        #expect(VirtInstallArguments.text(of: snapshot) == "vm1: --network user,mac=52:54:00:00:00:03\n")
        #expect(VirtInstallArguments.leftOut(of: snapshot) == ["left out: vm1 52:54:00:00:00:01 (direct)", "left out: vm1 52:54:00:00:00:02 (openvswitch ovsbr0)"])
    }

    @Test func `a topology's interfaces have the MACs that weft knows them by`() {
        let wanted = WantedDomain(name: "vm1", interfaces: [WantedInterface(settings: DomainDeviceSettings(bridge: "br0", target: "web0"))])
        let mac = MACAddress.derived(host: "kvm1", domain: "vm1", place: 0)
        #expect(VirtInstallArguments.text(of: [wanted], host: "kvm1") == "vm1: --network bridge=br0,mac=\(mac),model=virtio,target.dev=web0\n")
    }
}
