import DomainXML
import HostNetwork
import Testing

@Suite struct `Descriptions of domains` {
    /// As libvirt 9 tells a running domain, shortened; the second interface is as an administrator may have written it.
    static let domain = """
        <domain type='qemu' id='3'>
          <name>a&lt;b&gt;&amp;"c</name>
          <devices>
            <controller type='usb' index='0' model='none'/>
            <interface type='bridge'>
              <mac address='52:54:00:00:00:01'/>
              <source bridge='brvlan-10'/>
              <target dev='vnet4'/>
              <model type='virtio'/>
              <driver name='vhost' queues='4'/>
              <mtu size='9000'/>
              <port isolated='yes'/>
              <link state='down'/>
              <alias name='net0'/>
              <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
            </interface>
            <interface type='network'>
              <mac address='52:54:00:00:00:02'/>
              <source network='default' portid='2d2b3d0e-0000-4f1c-9ed6-2f0d1b0b2c11' bridge='virbr0'/>
            </interface>
            <interface type='user'>
              <mac address='52:54:00:00:00:03'/>
            </interface>
          </devices>
        </domain>
        """

    @Test func `every setting of an interface is read`() throws {
        let devices = try DomainXML.devices(inDomain: Self.domain)
        try #require(devices.count == 3)
        let first = devices[0]
        #expect(first.mac.description == "52:54:00:00:00:01")
        #expect(first.bridge == "brvlan-10")
        #expect(first.target == "vnet4")
        #expect(first.model == "virtio")
        #expect(first.mtu == 9000)
        #expect(first.isIsolated)
        #expect(!first.isLinkUp)
        #expect(first.alias == "net0")
        #expect(devices[1].network == "default")
        #expect(devices[1].bridge == "virbr0")
        #expect(!devices[1].isIsolated && devices[1].isLinkUp)
        #expect(devices[2].type == "user" && devices[2].bridge == nil)
    }

    @Test func `an interface of a libvirt network names the network, and never its bridge`() throws {
        var settings = DomainDeviceSettings()
        settings.network = "default"
        let made = DomainXML.device(mac: try MACAddress("52:54:00:00:00:09"), settings)
        #expect(made.contains("type=\"network\"") && made.contains("network=\"default\"") && !made.contains("bridge"), "\(made)")
        let other = try DomainXML.devices(inDomain: Self.domain)[1]
        let changed = try DomainXML.device(other.xml, changing: DomainDeviceSettings(model: "e1000"))
        #expect(try reread(changed).network == "default")
    }

    @Test(arguments: [
        ("<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/></network>", true), ("<network><name>inside</name><bridge name='virbr1'/></network>", true),
        ("<network><name>lan</name><forward mode='bridge'/><bridge name='br0'/></network>", false),
        ("<network><name>ovs</name><forward mode='bridge'/><bridge name='ovsbr0'/><virtualport type='openvswitch'/></network>", false),
    ])
    func `a network's bridge is libvirt's own or the host's`(xml: String, isOwn: Bool) throws {
        #expect(try DomainXML.makesItsBridge(network: xml) == isOwn)
    }

    @Test func `a change keeps what it does not say`() throws {
        let device = try DomainXML.devices(inDomain: Self.domain)[0]
        let moved = try DomainXML.device(device.xml, changing: DomainDeviceSettings(bridge: "brvlan-20"))
        let read = try reread(moved)
        #expect(read.bridge == "brvlan-20")
        #expect(read.mac == device.mac && read.model == "virtio" && read.mtu == 9000 && read.isIsolated && !read.isLinkUp)
        #expect(moved.contains("slot=\"0x03\"") && moved.contains("queues=\"4\""))
    }

    @Test func `an interface moved from a network leaves all of the network behind`() throws {
        let device = try DomainXML.devices(inDomain: Self.domain)[1]
        let moved = try reread(DomainXML.device(device.xml, changing: DomainDeviceSettings(bridge: "br0")))
        #expect(moved.type == "bridge" && moved.bridge == "br0" && moved.network == nil)
        #expect(!moved.xml.contains("portid"))
    }

    @Test func `an interface of Open vSwitch is known as such, and moved to a bridge it leaves switch and VLANs behind`() throws {
        let device = try reread(
            """
            <interface type='bridge'><mac address='52:54:00:00:00:05'/><source bridge='ovsbr0'/><vlan trunk='yes'><tag id='10' nativeMode='untagged'/><tag id='20'/></vlan>
            <virtualport type='openvswitch'><parameters interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport><target dev='vnet3'/><model type='virtio'/></interface>
            """)
        #expect(device.switchType == "openvswitch" && device.switchVLANs == "10, 20" && !device.isOnBridge && device.bridge == "ovsbr0")
        let moved = try reread(DomainXML.device(device.xml, changing: DomainDeviceSettings(bridge: "br0")))
        #expect(moved.isOnBridge && moved.switchVLANs == nil && !moved.xml.contains("vlan") && !moved.xml.contains("virtualport"))
    }

    @Test func `what needs escaping arrives as it was`() throws {
        let mac = try MACAddress("52:54:00:00:00:04")
        let made = try reread(DomainXML.device(mac: mac, DomainDeviceSettings(bridge: "a<b>&\"'c", target: "t&1", mtu: 1400, isIsolated: true, isLinkUp: false)))
        #expect(made.mac == mac && made.bridge == "a<b>&\"'c" && made.target == "t&1" && made.mtu == 1400)
        #expect(made.isIsolated && !made.isLinkUp && made.model == "virtio")
    }

    @Test(arguments: ["", "<domain>", "no XML", "<network/>", "<domain><devices></domain>"])
    func `what is no domain is refused`(text: String) {
        #expect(throws: DomainXMLError.self) { try DomainXML.devices(inDomain: text) }
    }

    private func reread(_ element: String) throws -> DomainDevice {
        try #require(DomainXML.devices(inDomain: "<domain><devices>\(element)</devices></domain>").first)
    }
}
