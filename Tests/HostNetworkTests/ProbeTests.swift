import HostNetwork
import Testing

@Suite struct `Probes` {
    @Test(arguments: ["gateway", "ping:192.0.2.1", "ping:2001:db8::1", "arp:192.0.2.1", "tcp:192.0.2.1:22", "tcp:[2001:db8::1]:22", "tcp:host.example:443"])
    func `a probe is written as it was read`(_ text: String) throws {
        #expect(try Probe(text).description == text)
    }

    @Test(arguments: [
        "", "gateway:1", "ping", "ping:", "ping:host", "arp:2001:db8::1", "tcp:22", "tcp:192.0.2.1:", "tcp:192.0.2.1:0", "tcp:192.0.2.1:65536",
        "tcp:2001:db8::1:22", "tcp::22", "tcp:[x]:22", "udp:192.0.2.1:53",
    ])
    func `what is no probe is refused`(_ text: String) {
        #expect(throws: ValueError.self) { try Probe(text) }
    }
}
