/// One thing that is done to a domain through libvirt, on one of its configurations.
///
/// A domain is known by its UUID, an interface by its MAC.
public enum DomainAction: Hashable, Sendable, Codable {
    /// Plugs in an interface that is not there yet.
    case attach(domain: String, mac: MACAddress, settings: DomainDeviceSettings, side: DomainSide)
    /// Changes an interface that is there; what the settings do not say stays.
    case update(domain: String, mac: MACAddress, settings: DomainDeviceSettings, side: DomainSide)
    /// Has the guest see a link on an interface of the running instance again, which came or was moved without one so that nothing
    /// passes before its tap is on its VLANs. The last that is done to it.
    case raiseLink(domain: String, mac: MACAddress)
    /// Unplugs an interface, and waits until it is gone: a running guest has to answer within the seconds given.
    case detach(domain: String, mac: MACAddress, side: DomainSide, patience: Double)
    /// Puts an interface back as it was read: changes the one that is there, or plugs it in again.
    case restore(domain: String, device: DomainDevice, side: DomainSide)

    /// The configuration that it is done to.
    public var side: DomainSide {
        switch self {
        case .attach(_, _, _, let side), .update(_, _, _, let side), .detach(_, _, let side, _), .restore(_, _, let side): side
        case .raiseLink: .live
        }
    }

    /// Whether it waits until taps are as they are wanted.
    public var isLast: Bool {
        if case .raiseLink = self { true } else { false }
    }

    /// Whether it is done only when the guest has given its consent, which no host can force: unplugging from a running domain.
    public var needsGuest: Bool {
        if case .detach(_, _, .live, _) = self { true } else { false }
    }
}
