internal import DomainService
public import HostNetwork
internal import Netlink
internal import Planner

/// The domains that a change touches, as they were before it: the part of its checkpoint that leads them back.
public struct DomainCheckpoint: Codable, Sendable {
    /// libvirt's name of the connection.
    public var uri: String
    /// The domains.
    public var before: DomainSnapshot

    /// Takes those domains out of what was read that a plan changes without asking a guest.
    init(uri: String, _ snapshot: DomainSnapshot, touched: Set<String>) {
        self.uri = uri
        before = snapshot
        before.domains.removeAll { !touched.contains($0.name) }
    }

    /// Whether a network has every bridge that the running domains hung on.
    func canReturn(to network: HostNetwork?) -> Bool {
        guard let network else { return false }
        return before.members.compactMap { $0.interface.live?.bridgeName }.allSatisfy { network[$0]?.kind == .bridge }
    }
}

/// Putting domains back as they were read, by whoever comes to it: the change itself, or the one who finds its checkpoint.
enum DomainWayBack {
    /// Puts domains back, and their taps as the ports that they were.
    /// - Parameters:
    ///   - network: the host's network as it was.
    ///   - touched: the names of those that were touched.
    /// - Returns: what could not be put back; empty when all is as it was.
    static func go(
        to before: DomainSnapshot, _ network: HostNetwork, of touched: Set<String>, by connection: inout DomainConnection,
        on kernel: inout some Kernel & ~Copyable, isWaiting: Bool
    ) -> [String] {
        guard !touched.isEmpty else { return [] }
        let now: DomainSnapshot
        do { now = try connection.snapshot(waiting: isWaiting ? patience : .zero) } catch { return [unreachable(touched, error)] }
        TapPorts.release(lodgers(before, touched, now), on: &kernel)
        let left = go(to: before, from: now, of: touched, by: &connection)
        guard left.isEmpty else { return left }
        do {
            let ports = formerPorts(before, network, touched, now: try connection.snapshot())
            return try TapPorts.set(ports, on: &kernel).problems
        } catch let error as DomainFailure {
            return [error.sentence]
        } catch {
            return ["\(error)"]
        }
    }

    /// The taps that are to come back to another bridge than the one libvirt has them in, by bridge.
    private static func lodgers(_ before: DomainSnapshot, _ touched: Set<String>, _ now: DomainSnapshot) -> [LinkName: LinkName] {
        var bridges: [LinkName: LinkName] = [:]
        for member in before.members where touched.contains(member.domain.name) {
            guard let was = member.interface.live, let live = now[member.domain.name]?.interfaces.first(where: { $0.live?.mac == was.mac })?.live,
                let tap = live.targetName, let bridge = was.bridgeName, live.bridgeName != bridge
            else { continue }
            bridges[tap] = bridge
        }
        return bridges
    }

    /// What the taps of domains were as ports before. Those that libvirt has put back have lost it.
    private static func formerPorts(_ before: DomainSnapshot, _ network: HostNetwork, _ touched: Set<String>, now: DomainSnapshot) -> [TapPort] {
        before.members.filter { touched.contains($0.domain.name) }.compactMap { member in
            guard let was = member.interface.live, let old = was.targetName, let link = network[old], let bridge = link.master,
                let tap = now[member.domain.name]?.interfaces.first(where: { $0.live?.mac == was.mac })?.live?.targetName
            else { return nil }
            let vlans = network[bridge]?.filtersVLANs == true ? network.bridgeVLANs[old] : nil
            let settings = PortSettings(vlans: vlans, options: link.portOptions)
            return TapPort(domain: member.domain.name, mac: was.mac, tap: tap, bridge: bridge, settings: settings)
        }
    }

    /// How long a libvirt that has died may take to come back.
    static let patience: Duration = .seconds(10)

    /// Plans back, carries that out, and reads again.
    /// - Returns: what could not be put back; empty when all is as it was.
    static func go(to before: DomainSnapshot, of touched: Set<String>, by connection: inout DomainConnection, patience: Duration = patience) -> [String] {
        guard !touched.isEmpty else { return [] }
        do { return go(to: before, from: try connection.snapshot(waiting: patience), of: touched, by: &connection) } catch { return [unreachable(touched, error)] }
    }

    private static func go(to before: DomainSnapshot, from first: DomainSnapshot, of touched: Set<String>, by connection: inout DomainConnection) -> [String] {
        var problems: [String] = []
        do {
            var now = first
            for _ in 0..<2 {
                let way = Planner.wayBack(to: before, from: now, of: touched)
                if way.isEmpty { return [] }
                problems = []
                for (attempt, action) in way {
                    do { try connection.perform(action, attempt) } catch { problems.append(error.sentence) }
                }
                now = try connection.snapshot()
            }
            let rest = Planner.wayBack(to: before, from: now, of: touched)
            return rest.isEmpty ? [] : rest.map { "not done: \($0.attempt)" } + problems
        } catch {
            return problems + [unreachable(touched, error)]
        }
    }

    private static func unreachable(_ touched: Set<String>, _ error: DomainFailure) -> String {
        "\(touched.sorted().joined(separator: ", ")) may have been changed: \(error.sentence); `weft recover` puts them back once libvirt answers"
    }
}

extension DomainFailure {
    /// What happened, and what to do about it.
    var sentence: String { fix.map { "\(description) (\($0))" } ?? description }
}
