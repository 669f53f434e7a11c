internal import ArgumentParser
internal import DomainService
internal import HostNetwork
internal import Netlink
internal import Report

/// `weft show segments`
struct ShowSegmentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segments",
        abstract: "Show each broadcast domain with its cards, VLANs, bridges and domains, and where the host routes between two of them.",
        discussion: """
            On a bridge that tells VLANs apart, each VLAN is a broadcast domain. What a switch outside joins, or a firewall forbids, cannot be \
            seen from here. Domains are named where libvirt answers; elsewhere their taps are.
            """)

    @OptionGroup var connection: ConnectOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let network = try Host.read(namespace.namespace, output: output, withFacts: false).network
        let domains = GuestQuestion(connect: connection.connect, namespace: namespace.namespace).snapshot(besides: network)
        let segments = network.segments(domains: domains)
        let forwarding = Forwarding.read(of: Set(segments.flatMap(\.addresses).map(\.link)), in: namespace.namespace)
        let report = SegmentReport(segments, network.routing(between: segments, forwarding))
        if output.json { Terminal.write(report) } else { Terminal.write(report.text(Terminal.style(output.color)) + "\n") }
    }
}
