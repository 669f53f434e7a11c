import HostNetwork
import Netlink
import Testing

/// What the kernel is read into, against what `ip -d -j` says of the same network.
@Suite struct NetlinkSnapshotTests {
    @Test func `an empty namespace has its loopback link alone`() async throws {
        try await Lab.with { lab in
            var kernel = try KernelConnection.open(in: lab.namespace)
            let network = try kernel.snapshot()
            #expect(network.links.values.map(\.kind).contains(.loopback))
            #expect(network.routes.isEmpty)
        }
    }
}
