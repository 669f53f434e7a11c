import HostNetwork
import Report
import Testing

@Suite struct `What happens to domains, in words` {
    private func device(_ bridge: String?) throws -> DomainDevice {
        var device = DomainDevice(mac: try MACAddress("52:54:00:00:00:01"), type: "bridge")
        device.bridge = bridge
        device.target = "vnet3"
        return device
    }

    @Test func `each event is one line`() throws {
        func line(_ kind: DomainEvent.Kind, _ detail: String? = nil, _ devices: [DomainDevice] = [], former: String? = nil) -> String {
            DomainEventText.line(DomainEvent(kind, domain: "vm1", uuid: "u", detail: detail, interfaces: devices, formerBridge: former))
        }
        let device = try device("br0")
        #expect(line(.started, "migrated", [device, device]) == "vm1 started (migrated): 52:54:00:00:00:01 (vnet3) on br0, 52:54:00:00:00:01 (vnet3) on br0")
        #expect(line(.stopped, "crashed") == "vm1 stopped (crashed)")
        #expect(line(.attached, nil, [device]) == "vm1 attached 52:54:00:00:00:01 (vnet3) on br0")
        #expect(line(.kept, nil, [device]) == "vm1 did not give up 52:54:00:00:00:01 (vnet3) on br0")
        #expect(line(.moved, nil, [device], former: "br1") == "vm1 moved 52:54:00:00:00:01 (vnet3) from br1 to br0")
        #expect(line(.detached, nil, [try self.device(nil)]) == "vm1 detached 52:54:00:00:00:01 (vnet3) on bridge")
    }

    @Test func `each event is one line of JSON`() throws {
        let event = DomainEvent(.moved, domain: "a<b>&\"c", uuid: "u", interfaces: [try device("br0")], formerBridge: "br1")
        let line = try DomainEventDocument(event, time: "2024-01-01T00:00:00Z").jsonLine()
        #expect(!line.contains("\n"))
        #expect(line.hasPrefix(#"{"domain":"a<b>&\"c","event":"moved","former_bridge":"br1","interfaces":[{"device":{"bridge":"br0","isolated":false,"link_up":true"#))
    }
}
