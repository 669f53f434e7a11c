internal import ArgumentParser
internal import Change
internal import Foundation
internal import HostNetwork
internal import Netlink
internal import Planner
internal import Topology

/// The host as a command finds it: read once, with weft's record of the ports it put.
struct Host: ~Copyable {
    var kernel: KernelConnection
    let network: HostNetwork
    let record: PortRecord

    /// Connects and reads.
    /// - Throws: ``ExitCode/refused`` after the reason has been printed.
    static func read(_ namespace: NetworkNamespace, output: OutputOptions) throws -> Host {
        do {
            var kernel = try KernelConnection.open(in: namespace)
            let network = try kernel.snapshot()
            let record = try PortRecord.load(from: StateDirectory.existing(cookie: kernel.namespaceCookie))
            return Host(kernel: kernel, network: network, record: record)
        } catch let error as NetlinkError {
            throw Failure.exit(output, kind: "kernel", message: error.description)
        } catch let error as ChangeError {
            throw Failure.exit(output, kind: "state", message: error.description)
        }
    }

    private init(kernel: consuming KernelConnection, network: HostNetwork, record: PortRecord) {
        self.kernel = kernel
        self.network = network
        self.record = record
    }

    /// Asks for the way from this host to a wanted network.
    func request(wanted: HostNetwork, leave: LeaveOptions) throws -> PlanRequest {
        var request = PlanRequest(wanted: wanted, actual: network)
        request.portsPut = record.ports(in: network)
        request.allowsOutage = leave.allowOutage
        request.takeAlong = Set(
            try leave.takeAlong.map { text in
                do { return try LinkName(text) } catch { throw ValidationError("--take-along: \(error)") }
            })
        return request
    }

    /// The drivers that a wanted network needs, and whether the kernel has them. Nothing is loaded.
    func features(for wanted: HostNetwork) -> [(feature: KernelFeature, state: KernelFeature.State)] {
        let kinds = Set(wanted.links.values.filter(\.isPresent).map(\.kind))
        return KernelFeature.allCases.filter { kinds.contains($0.linkKind) }.map { ($0, KernelFeature.state(of: $0, in: network)) }
    }

    /// Refuses a file that is for another host.
    static func requireHost(of topology: Topology, output: OutputOptions) throws {
        guard let wanted = topology.host else { return }
        let name = ProcessInfo.processInfo.hostName
        let short = name.split(separator: ".").first.map { String($0) } ?? name
        guard wanted != name, wanted != short else { return }
        throw Failure.exit(output, kind: "host", message: "\(topology.file) is for the host \(wanted); this is \(name)")
    }
}
