import HostNetwork
import Testing

@Suite("Values")
struct ValueTests {
    @Test(arguments: ["a", "eth0", "enp134s0f0np0", "123456789012345", "br-lan", "桥一", "eth0.10"])
    func `a link's name is what the kernel takes`(_ text: String) throws {
        #expect(try LinkName(text).text == text)
    }

    @Test(arguments: ["", ".", "..", "1234567890123456", "桥桥桥桥桥桥", "a/b", "a:b", "a b", "a\tb", "a\u{a0}b", "a\u{1}b", "a\u{7f}"])
    func `a name that the kernel refuses is refused`(_ text: String) {
        #expect(throws: ValueError.self) { try LinkName(text) }
    }

    @Test func `names sort as a person counts`() throws {
        let names = ["eth10", "eth2", "eth2.100", "eth2.20", "br0", "eth02", "eth", "lo"]
        #expect(
            try names.map { try LinkName($0) }.sorted().map(\.text) == [
                "br0", "eth", "eth2", "eth2.20", "eth2.100", "eth02", "eth10", "lo",
            ])
    }

    @Test func `numbers with zeros in front sort by their value, then by their length`() throws {
        let names = ["a010", "a9", "a10", "a0010", "a1x", "a1", "a01", "a", "a123456789", "a123456788"]
        #expect(
            try names.map { try LinkName($0) }.sorted().map(\.text) == [
                "a", "a1", "a1x", "a01", "a9", "a10", "a010", "a0010", "a123456788", "a123456789",
            ])
    }

    @Test(arguments: [3, 40, 3000])
    func `names sorted in families have the same order`(_ count: Int) throws {
        var generator = SystemRandomNumberGenerator()
        let stems = ["bond0.", "brvlan-", "eth", "a1b", "a", "v2v0", "enp129s0f0n", "桥"]
        let odd = ["eth", "lo", "eth07", "eth007", "eth0", "7", "0", "00", "0x", "a1b", "123456789012345", "a99999999999999"]
        let numbered = (0..<count).map { _ in "\(stems.randomElement(using: &generator) ?? "")\(Int.random(in: 0..<(Bool.random() ? count : 999)))" }
        let names = Set(try (odd + numbered).map { try LinkName($0) })
        #expect(LinkName.sorted(names) == names.sorted())
    }

    @Test(arguments: ["bond0.", "brvlan-", "enp129s0f0.", "v"])
    func `the names of a trunk are told apart by any part of their hashes`(_ prefix: String) throws {
        let hashes = try (1...4000).map { try LinkName("\(prefix)\($0)")._rawHashValue(seed: 17) }
        // Dictionaries look at the lowest bits, as many as it takes. By chance alone 3,165 of 8,192 values come about.
        #expect(Set(hashes).count == 4000)
        #expect(Set(hashes.map { $0 & 8191 }).count > 2500)
    }

    @Test func `a MAC address is read with colons or dashes and written one way`() throws {
        #expect(try MACAddress("52:54:00:AB:cd:0f").description == "52:54:00:ab:cd:0f")
        #expect(try MACAddress("52-54-00-12-34-56").bytes == [0x52, 0x54, 0, 0x12, 0x34, 0x56])
        #expect(try MACAddress("01:00:5e:00:00:01").isMulticast)
        #expect(try MACAddress("00:00:00:00:00:00").isZero)
        #expect(MACAddress(bytes: [1, 2, 3]) == nil)
    }

    @Test(arguments: [
        "", "52:54:00:12:34", "52:54:00:12:34:56:78", "5:54:00:12:34:56", "5254.0012.3456", "g2:54:00:12:34:56", "+2:54:00:12:34:56",
    ])
    func `what is no MAC address is refused`(_ text: String) {
        #expect(throws: ValueError.self) { try MACAddress(text) }
    }

    @Test func `VLAN ids go from 1 to 4094`() throws {
        #expect(try VLANID(1).number == 1)
        #expect(try VLANID(4094).number == 4094)
        for number in [-1, 0, 4095, 4096, Int.max] { #expect(throws: ValueError.self) { try VLANID(number) } }
    }

    @Test(arguments: ["0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:2:3:4", "ff02::1"])
    func `an address is written as it was read`(_ text: String) throws {
        let address = try IPAddress(text)
        #expect(address.description == text)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(arguments: ["", "192.0.2", "192.0.2.256", "192.0.2.1/24", "fe80::1%eth0", "0300.0.2.1", "192.0.2.1 ", "1:2:3", "host"])
    func `what is no address is refused`(_ text: String) {
        #expect(throws: ValueError.self) { try IPAddress(text) }
    }

    @Test func `a network knows its prefix and what lies in it`() throws {
        let network = try IPNetwork("172.16.3.52/16")
        #expect(network.network.description == "172.16.0.0/16")
        #expect(network.contains(try IPAddress("172.16.255.255")))
        #expect(!network.contains(try IPAddress("172.17.0.0")))
        #expect(!network.contains(try IPAddress("::1")))
        #expect(try IPNetwork("0.0.0.0/0").isEverything)
        #expect(try IPNetwork("0.0.0.0/0").contains(try IPAddress("203.0.113.1")))
        #expect(try IPNetwork("2001:db8:1::5/48").network.description == "2001:db8:1::/48")
        #expect(try IPNetwork("2001:db8:0:1:8000::/65").contains(try IPAddress("2001:db8:0:1:8000::1")))
        #expect(try !IPNetwork("2001:db8:0:1:8000::/65").contains(try IPAddress("2001:db8:0:1::1")))
    }

    @Test func `a netmask is answered with its length`() throws {
        let error = #expect(throws: ValueError.self) { try IPNetwork("172.16.0.52/255.255.0.0") }
        #expect(error?.fix == "write 172.16.0.52/16")
        for text in [
            "172.16.0.52", "172.16.0.52/", "172.16.0.52/33", "::1/129", "172.16.0.52/+8", "172.16.0.52/016", "172.16.0.52/255.0.255.0",
        ] {
            #expect(throws: ValueError.self) { try IPNetwork(text) }
        }
    }

    @Test func `a route's on-link flag leaves the other flags alone`() throws {
        var route = Route(to: .everything(.ipv4), link: try LinkName("br0"))
        route.flags = 1
        route.isOnLink = true
        #expect(route.isOnLink)
        #expect(route.flags != 1)
        route.isOnLink = false
        #expect(route.flags == 1)
    }
}
