internal import CLibvirt
internal import DomainService
internal import Foundation
internal import HostNetwork

/// Tells what happens to domains as it happens, until the standard input ends.
///
/// libvirt calls back in the middle of its own work. So a callback only notes what it was told; what has to be asked about it is asked
/// when libvirt's loop has come round.
final class DomainEvents {
    private struct Notice {
        var domain: DomainHandle
        var kind: DomainEvent.Kind
        var detail: String?
        /// libvirt's name of the device that it is about.
        var alias: String?
    }

    private let connection: LibvirtConnection
    private var notices: [Notice] = []
    private var isOver = false
    /// The interfaces that running domains had when they were last looked at, by UUID: one that is gone can no longer be asked about.
    private var known: [String: [DomainDevice]] = [:]

    private init(_ connection: LibvirtConnection) { self.connection = connection }

    /// Connects, answers with the domains as they are, and then with what happens to them; returns when it is over.
    /// - Throws: ``LibvirtError`` where libvirt does not answer, or tells no events.
    static func tell(of uri: String, _ write: (DomainReply) -> Void) throws {
        // libvirt takes its loop along when it connects.
        guard virEventRegisterDefaultImpl() == 0 else { throw LibvirtError.last }
        let events = DomainEvents(try LibvirtConnection.open(uri, isReadOnly: true))
        try events.register()
        // What happens from here on is noted, so nothing falls between.
        let snapshot = try events.connection.snapshot(withCounters: false)
        for domain in snapshot.domains { events.known[domain.uuid] = domain.interfaces.compactMap(\.live) }
        write(.snapshot(snapshot))
        while !events.isOver {
            guard virEventRunDefaultImpl() == 0 else { throw LibvirtError.last }
            for event in events.take() { write(.event(event)) }
        }
    }

    private func register() throws(LibvirtError) {
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        let lifecycle: @convention(c) (virConnectPtr?, virDomainPtr?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = { _, domain, event, detail, own in
            if let (kind, words) = DomainEvents.lifecycle(event, detail) { unsafe DomainEvents.note(domain, kind, words, nil, own) }
            return 0
        }
        typealias DeviceCallback = @convention(c) (virConnectPtr?, virDomainPtr?, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void
        let added: DeviceCallback = { _, domain, alias, own in unsafe DomainEvents.note(domain, .attached, nil, alias, own) }
        let removed: DeviceCallback = { _, domain, alias, own in unsafe DomainEvents.note(domain, .detached, nil, alias, own) }
        let kept: DeviceCallback = { _, domain, alias, own in unsafe DomainEvents.note(domain, .kept, nil, alias, own) }
        // libvirt takes every callback under one type (VIR_DOMAIN_EVENT_CALLBACK), whatever it is called with.
        func listen(_ event: virDomainEventID, _ callback: virConnectDomainEventGenericCallback) throws(LibvirtError) {
            guard unsafe connection.register(Int32(event.rawValue), callback, own) else { throw .last }
        }
        let generic = unsafe virConnectDomainEventGenericCallback.self
        try unsafe listen(VIR_DOMAIN_EVENT_ID_LIFECYCLE, unsafeBitCast(lifecycle, to: generic))
        try unsafe listen(VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, unsafeBitCast(added, to: generic))
        try unsafe listen(VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, unsafeBitCast(removed, to: generic))
        try unsafe listen(VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED, unsafeBitCast(kept, to: generic))
        let ended: virEventHandleCallback = { _, _, _, own in unsafe DomainEvents.of(own)?.isOver = true }
        let moments = Int32(VIR_EVENT_HANDLE_READABLE.rawValue | VIR_EVENT_HANDLE_HANGUP.rawValue | VIR_EVENT_HANDLE_ERROR.rawValue)
        guard unsafe virEventAddHandle(STDIN_FILENO, moments, ended, own, nil) >= 0 else { throw .last }
        let closed: virConnectCloseFunc = { _, _, own in unsafe DomainEvents.of(own)?.isOver = true }
        guard unsafe connection.registerClose(closed, own) else { throw .last }
    }

    private static func of(_ own: UnsafeMutableRawPointer?) -> DomainEvents? {
        unsafe own.map { unsafe Unmanaged<DomainEvents>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func note(
        _ domain: virDomainPtr?, _ kind: DomainEvent.Kind, _ detail: String?, _ alias: UnsafePointer<CChar>?, _ own: UnsafeMutableRawPointer?
    ) {
        // The domain is libvirt's until the callback returns.
        guard let domain = unsafe domain, unsafe virDomainRef(domain) == 0 else { return }
        let handle = unsafe DomainHandle(taking: domain)
        let alias = unsafe alias.map { unsafe String(cString: $0) }
        unsafe of(own)?.notices.append(Notice(domain: handle, kind: kind, detail: detail, alias: alias))
    }

    /// What a change of a domain's life means; `nil` for one that changes nothing to be told.
    private static func lifecycle(_ event: Int32, _ detail: Int32) -> (DomainEvent.Kind, String?)? {
        switch virDomainEventType(rawValue: UInt32(event)) {
        case VIR_DOMAIN_EVENT_DEFINED: (.defined, nil)
        case VIR_DOMAIN_EVENT_UNDEFINED: (.undefined, nil)
        case VIR_DOMAIN_EVENT_STARTED: (.started, words(detail, ["booted", "migrated", "restored", "from snapshot", "woken up"]))
        case VIR_DOMAIN_EVENT_SUSPENDED:
            (.paused, words(detail, [nil, "migrated", "I/O error", "watchdog", "restored", "from snapshot", "API error", "post-copy", "post-copy failed"]))
        case VIR_DOMAIN_EVENT_RESUMED: (.resumed, words(detail, [nil, "migrated", "from snapshot", "post-copy", "post-copy failed"]))
        case VIR_DOMAIN_EVENT_STOPPED: (.stopped, words(detail, ["shut down", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot"]))
        default: nil
        }
    }

    private static func words(_ detail: Int32, _ words: [String?]) -> String? { words.indices.contains(Int(detail)) ? words[Int(detail)] : nil }

    // MARK: What is told

    private func take() -> [DomainEvent] {
        defer { notices = [] }
        return notices.compactMap { event(of: $0) }
    }

    private func event(of notice: Notice) -> DomainEvent? {
        let name = notice.domain.name
        guard let uuid = try? notice.domain.uuid() else { return nil }
        let before = known[uuid] ?? []
        // A domain that has ended meanwhile has no running configuration to ask for.
        let now = (try? notice.domain.liveDevices { self.connection.bridge(ofNetwork: $0) }) ?? []
        var event = DomainEvent(notice.kind, domain: name, uuid: uuid, detail: notice.detail)
        switch notice.kind {
        case .started: event.interfaces = now
        case .stopped: event.interfaces = before
        case .attached:
            // Any device makes an event; what is no interface is none of weft's concern.
            guard let device = now.first(where: { $0.alias == notice.alias }) else { return nil }
            event.interfaces = [device]
        case .detached, .kept:
            guard let device = before.first(where: { $0.alias == notice.alias }) else { return nil }
            event.interfaces = [device]
        case .paused, .resumed, .defined, .undefined, .moved: break
        }
        known[uuid] = notice.kind == .stopped ? nil : now
        return event
    }
}
