/// Something that has happened to a domain, as libvirt tells it of its own accord.
public struct DomainEvent: Hashable, Sendable, Codable {
    /// What has happened.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// It runs now (`VIR_DOMAIN_EVENT_STARTED`): booted, migrated in, restored; see ``DomainEvent/detail``.
        case started
        /// It runs no longer (`VIR_DOMAIN_EVENT_STOPPED`): shut down, destroyed, migrated away, saved.
        case stopped
        /// Its processors stand still (`VIR_DOMAIN_EVENT_SUSPENDED`).
        case paused
        /// They run again (`VIR_DOMAIN_EVENT_RESUMED`).
        case resumed
        /// Its stored configuration has been written (`VIR_DOMAIN_EVENT_DEFINED`).
        case defined
        /// Its stored configuration is gone (`VIR_DOMAIN_EVENT_UNDEFINED`).
        case undefined
        /// An interface has been plugged in (`VIR_DOMAIN_EVENT_ID_DEVICE_ADDED`).
        case attached
        /// An interface is gone (`VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED`).
        case detached
        /// The guest has refused to give an interface up (`VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED`).
        case kept
        /// A tap has gone from one bridge to another. Of this libvirt tells nothing: the kernel does.
        case moved
    }

    /// What has happened.
    public var kind: Kind
    /// The domain's name.
    public var domain: String
    /// What libvirt tells domains apart by.
    public var uuid: String
    /// How it came about, where libvirt says that: `migrated`, `crashed`.
    public var detail: String?
    /// The interfaces that it is about: the one that came or went, or all of a domain that has started or stopped.
    public var interfaces: [DomainDevice]
    /// The bridge that a tap was on before it moved.
    public var formerBridge: String?

    /// Joins the parts.
    public init(
        _ kind: Kind, domain: String, uuid: String, detail: String? = nil, interfaces: [DomainDevice] = [], formerBridge: String? = nil
    ) {
        self.kind = kind
        self.domain = domain
        self.uuid = uuid
        self.detail = detail
        self.interfaces = interfaces
        self.formerBridge = formerBridge
    }
}
