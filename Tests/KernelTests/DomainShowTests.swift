import DomainService
import Foundation
import HostNetwork
import Testing

/// What `weft show` tells of domains, on a real libvirtd.
@Suite(.serialized) struct `A host is shown with its domains` {
    typealias Program = `The commands on a real kernel`

    @Test func `show --yaml writes domains that plan to no changes, and says what it leaves out; show segments names them`() async throws {
        try await DomainLab.with(bridges: ["brvlan-10", "virbr7"]) { domains in
            try domains.lab.ip("link add br1 type bridge vlan_filtering 1\nlink set br1 up")
            let file = "/tmp/weft-network-\(getpid()).xml"
            try "<network><name>inside</name><forward mode='bridge'/><bridge name='virbr7'/></network>".write(toFile: file, atomically: false, encoding: .utf8)
            try domains.virsh(["net-define \(file)", "net-start inside"])
            try domains.make([
                (
                    "a&lt;b&gt;&amp;&quot;c: #", .paused,
                    [
                        .init(mac: "52:54:00:00:00:01", bridge: "brvlan-10"), .init(mac: "52:54:00:00:00:02", bridge: "br1", model: "e1000"),
                        .init(mac: "52:54:00:00:00:03", bridge: "", source: "network='inside'"),
                    ]
                ), ("stop", .stopped, [.init(mac: "52:54:00:00:00:04", bridge: "brvlan-10")]), ("trans", .transient, []),
            ])
            let name = "a<b>&\"c: #"
            let taps = try domains.snapshot().members.compactMap { $0.interface.live?.target }
            try domains.lab.bridge("vlan del dev \(taps[1]) vid 1\nvlan add dev \(taps[1]) vid 20 pvid untagged")
            try domains.lab.ip("link set \(taps[1]) type bridge_slave hairpin on")
            let environment = ["LIBVIRT_DEFAULT_URI": domains.uri]
            func weft(_ words: String..., input: String? = nil) throws -> Program.Run {
                try Program.weft(words + ["--netns", domains.lab.name], input: input, environment: environment)
            }
            let yaml = try weft("show", "--yaml")
            for words in [
                "domains:\n", "{mac: \"52:54:00:00:00:01\", bridge: brvlan-10, model: virtio}", "model: e1000, access: 20, hairpin: true}",
                "# left out: 52:54:00:00:00:03: it hangs on the libvirt network inside (virbr7)", "stop:  # shut off", "trans:  # paused",
            ] { #expect(yaml.output.contains(words), "\(words) is not in \(yaml)") }
            let plan = try weft("plan", "-", input: yaml.output)
            #expect(plan.status == 0 && plan.output.contains("No changes."), "\(plan)\(yaml.output)")

            let segments = try weft("show", "segments")
            #expect(segments.output.contains("domains      \(name) (\(taps[0])), stop (shut off)"), "\(segments)")
            #expect(segments.output.contains("br1 VLAN 20") && segments.output.contains("domains      \(name) (\(taps[1]))"), "\(segments)")
            try domains.virsh(["net-destroy inside", "net-undefine inside"])
        }
    }
}
