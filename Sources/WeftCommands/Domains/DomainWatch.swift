internal import ArgumentParser
internal import Change
internal import DomainService
internal import HostNetwork
internal import Netlink
internal import Report

/// `weft vm list --watch`: what libvirt tells of its domains, and what only the kernel tells: a tap that goes to another bridge.
struct DomainWatch {
    let uri: String
    let namespace: NetworkNamespace
    let output: OutputOptions

    func run() throws {
        Terminal.answerSignals()
        do {
            var first: DomainSnapshot?
            var session = try DomainSession.watch(uri, &first)
            guard let snapshot = first else { return }
            var taps = try snapshot.isOfThisHost ? TapPlaces(snapshot, namespace) : nil
            try list(snapshot)
            while true {
                // A tap that enters a bridge as its domain starts is no move: libvirt's word comes first.
                if let event = try session.next(within: .milliseconds(500)) {
                    tell(event)
                    taps?.note(event)
                } else {
                    for event in try taps?.moves() ?? [] { tell(event) }
                }
            }
        } catch let error as DomainFailure {
            throw Failure.exit(output, error)
        } catch let error as NetlinkError {
            throw Failure.exit(output, error)
        }
    }

    private func list(_ snapshot: DomainSnapshot) throws {
        guard !output.json else { return }
        let network = try snapshot.isOfThisHost ? Host.read(namespace, output: output, withFacts: false).network : nil
        Terminal.write(DomainTable(DomainInventory(snapshot, network: network), style: Terminal.style(output.color)).text + "\n\n")
    }

    private func tell(_ event: DomainEvent) {
        let now = Clock.now
        guard output.json else { return Terminal.write("\(Clock.timeOfDay(now)) \(DomainEventText.line(event))\n") }
        do { Terminal.write(try DomainEventDocument(event, time: Clock.universalText(now)).jsonLine() + "\n") } catch { Terminal.complain("weft: \(error)") }
    }
}

/// Where running domains' taps are, so that one that goes elsewhere is noticed.
private struct TapPlaces: ~Copyable {
    private struct Place {
        var domain: String
        var uuid: String
        var device: DomainDevice
    }

    private var monitor: LinkMonitor
    private let namespace: NetworkNamespace
    private var places: [String: Place] = [:]

    init(_ snapshot: DomainSnapshot, _ namespace: NetworkNamespace) throws(NetlinkError) {
        monitor = try LinkMonitor.open(in: namespace)
        self.namespace = namespace
        for member in snapshot.members {
            if let live = member.interface.live, let tap = live.target { places[tap] = Place(domain: member.domain.name, uuid: member.domain.uuid, device: live) }
        }
    }

    /// Takes over what libvirt has told.
    mutating func note(_ event: DomainEvent) {
        for device in event.interfaces {
            guard let tap = device.target else { continue }
            switch event.kind {
            case .started, .attached: places[tap] = Place(domain: event.domain, uuid: event.uuid, device: device)
            case .stopped, .detached: places[tap] = nil
            case .kept, .paused, .resumed, .defined, .undefined, .moved: break
            }
        }
    }

    /// The taps that are in another bridge than before.
    mutating func moves() throws(NetlinkError) -> [DomainEvent] {
        do {
            let touched = Set(try monitor.events().filter { !$0.isDeleted }.map(\.name.text))
            guard touched.contains(where: { places[$0] != nil }) else { return [] }
        } catch {
            monitor = try LinkMonitor.open(in: namespace)
        }
        var kernel = try KernelConnection.open(in: namespace)
        let network = try kernel.snapshot()
        var events: [DomainEvent] = []
        for (tap, place) in places.sorted(by: { $0.key < $1.key }) {
            guard let name = place.device.targetName, let link = network[name], let bridge = link.master, bridge.text != place.device.bridge else { continue }
            let former = place.device.bridge
            places[tap]?.device.bridge = bridge.text
            guard let device = places[tap]?.device else { continue }
            events.append(DomainEvent(.moved, domain: place.domain, uuid: place.uuid, interfaces: [device], formerBridge: former))
        }
        return events
    }
}
