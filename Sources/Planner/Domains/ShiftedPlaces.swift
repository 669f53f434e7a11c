internal import HostNetwork

/// Interfaces of a file that nothing names but their place in the domain's list, where that list is not what it was: whether an entry that
/// was put in, or taken out, makes another's card its own.
struct ShiftedPlaces {
    private let wanted: WantedDomain
    private let domain: Domain
    private let host: String
    private let network: HostNetwork
    private let matches: [(mac: MACAddress, interface: DomainInterface?)]

    /// A finding.
    struct Shift {
        /// The entry whose card is another's, by the look of it.
        let place: Int
        let message: String
        let fix: String
    }

    init(_ wanted: WantedDomain, _ domain: Domain, host: String, network: HostNetwork) {
        self.wanted = wanted
        self.domain = domain
        self.host = host
        self.network = network
        matches = wanted.interfaces.indices.map { wanted.match($0, in: domain, host: host) }
    }

    /// The entries that only their place tells apart.
    private var unnamed: [Int] {
        wanted.interfaces.indices.filter { wanted.interfaces[$0].mac == nil && matches[$0].mac == wanted.derivedMAC($0, host: host) }
    }

    /// Cards that weft has plugged in for an earlier list, and that this one does not name.
    var leftOver: [DomainInterface] {
        let named = Set(matches.map(\.mac))
        let places = 0..<(wanted.interfaces.count + domain.interfaces.count)
        let made = Set(places.flatMap { place in (0...1).map { MACAddress.derived(host: host, domain: domain.name, place: place, turn: $0) } })
            .subtracting(named)
        return domain.interfaces.filter { $0.current.map { made.contains($0.mac) } ?? false }
    }

    /// The first entry that would move a card from where another entry wants one, or to where a left one is already.
    var first: Shift? {
        for place in unnamed {
            guard let card = matches[place].interface, let now = Spot(of: card, network), let then = Spot(wanted.interfaces[place]), then != now
            else { continue }
            let mac = matches[place].mac
            if let other = unnamed.first(where: { $0 != place && matches[$0].interface == nil && Spot(wanted.interfaces[$0]) == now }) {
                return Shift(
                    place: place,
                    message: "\(domain.name) has \(mac) on \(now.display), where entry \(other + 1) of its list wants an interface, and entry \(place + 1) would move it away: without a MAC they are told apart by their place in the list alone, and that has changed",
                    fix: "write mac: \(mac) in the entry that means this one")
            }
            if let other = leftOver.first(where: { Spot(of: $0, network) == then }), let left = other.current?.mac {
                return Shift(
                    place: place,
                    message: "\(domain.name) has \(left) on \(then.display), and entry \(place + 1) of its list would move \(mac) there: without a MAC they are told apart by their place in the list alone, and that has changed",
                    fix: "write mac: \(left) in the entry that means this one; \(mac) goes with {mac: \(mac), state: absent}")
            }
        }
        return nil
    }

    /// What to know of the cards that the list does not make plain.
    var notes: [String] {
        // A command names one interface, and means no more than that.
        guard wanted.origin != nil else { return [] }
        return leftOver.compactMap { interface in
            interface.current.map { device in
                "\(domain.name) keeps \(device.mac) on \(device.place), which an earlier list had: {mac: \(device.mac), state: absent} unplugs it"
            }
        } + (addition.map { [$0] } ?? [])
    }

    /// What to say where a card is added beside others that only their place tells from it, though it matters which is which.
    private var addition: String? {
        let added = unnamed.filter { matches[$0].interface == nil }
        let kept = unnamed.filter { matches[$0].interface != nil }
        for place in added {
            let want = wanted.interfaces[place]
            guard let other = kept.first(where: { wanted.interfaces[$0].settings.bridge == want.settings.bridge && wanted.interfaces[$0].port != want.port })
            else { continue }
            return "\(domain.name) has several interfaces on \(want.settings.bridge ?? "") without a MAC: entry \(other + 1) means \(matches[other].mac) by its place in the list alone; write its mac to keep it so"
        }
        return nil
    }
}

/// Where an interface hangs: its bridge, and its VLANs where they are known.
private struct Spot: Equatable {
    let bridge: String
    let vlans: [BridgeVLAN]?

    init?(_ want: WantedInterface) {
        guard let bridge = want.settings.bridge else { return nil }
        self.bridge = bridge
        vlans = want.port.vlans
    }

    init?(of interface: DomainInterface, _ network: HostNetwork) {
        guard let device = interface.current, let bridge = device.bridge else { return nil }
        self.bridge = bridge
        let tap = interface.live?.targetName
        vlans = tap.flatMap { tap in network[tap]?.master?.text == bridge ? network.bridgeVLANs[tap] : nil }
    }

    /// What is not known, or not said, is no difference.
    static func == (one: Spot, other: Spot) -> Bool {
        guard one.bridge == other.bridge else { return false }
        guard let vlans = one.vlans, let others = other.vlans else { return true }
        return vlans == others
    }

    var display: String { vlans.map { "\(bridge), VLAN \($0.display)" } ?? bridge }
}
