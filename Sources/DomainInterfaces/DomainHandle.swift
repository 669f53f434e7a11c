internal import CLibvirt
internal import DomainXML
internal import HostNetwork

/// A domain of a connection's.
@safe final class DomainHandle {
    private let handle: OpaquePointer

    /// Takes a handle over, which is freed with the object.
    init(taking handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe _ = virDomainFree(handle) }

    /// Reads the domain, with both of its configurations.
    /// - Parameter bridge: the bridge of a libvirt network.
    func read(withCounters: Bool, bridge: (String) -> String?) throws -> Domain {
        let uuid = try uuid()
        let state = try state()
        let isPersistent = unsafe virDomainIsPersistent(handle) == 1
        let isActive = unsafe virDomainIsActive(handle) == 1
        let live = isActive ? try liveDevices(bridge: bridge) : []
        var stored = isPersistent ? try devices(.stored) : []
        for place in stored.indices { stored[place].bridge = stored[place].bridge ?? stored[place].network.flatMap(bridge) }
        var interfaces = DomainInterface.joined(live: live, stored: stored)
        if withCounters {
            for place in interfaces.indices { interfaces[place].counters = interfaces[place].live?.target.flatMap { counters(of: $0) } }
        }
        var domain = Domain(name: name, uuid: uuid, state: state, isPersistent: isPersistent, isActive: isActive, interfaces: interfaces)
        domain.hasSavedState = unsafe !isActive && virDomainHasManagedSaveImage(handle, 0) == 1
        return domain
    }

    /// The domain's name.
    var name: String { unsafe virDomainGetName(handle).map { unsafe String(cString: $0) } ?? "" }

    /// What libvirt tells domains apart by.
    func uuid() throws(LibvirtError) -> String {
        var text = [CChar](repeating: 0, count: Int(VIR_UUID_STRING_BUFLEN))
        guard unsafe virDomainGetUUIDString(handle, &text) == 0 else { throw .last }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The interfaces of the running instance, with the bridges of libvirt's networks.
    func liveDevices(bridge: (String) -> String?) throws -> [DomainDevice] {
        var live = try devices(.live)
        for place in live.indices { live[place].bridge = live[place].bridge ?? live[place].network.flatMap(bridge) }
        return live
    }

    /// The interfaces of one configuration.
    func devices(_ side: DomainSide) throws -> [DomainDevice] {
        let flags = side == .live ? 0 : VIR_DOMAIN_XML_INACTIVE.rawValue
        guard let xml = unsafe takeText(virDomainGetXMLDesc(handle, flags)) else { throw LibvirtError.last }
        return try DomainXML.devices(inDomain: xml)
    }

    private func state() throws(LibvirtError) -> Domain.State {
        var number: Int32 = 0
        guard unsafe virDomainGetState(handle, &number, nil, 0) == 0 else { throw .last }
        switch virDomainState(rawValue: UInt32(number)) {
        case VIR_DOMAIN_RUNNING, VIR_DOMAIN_BLOCKED: return .running
        case VIR_DOMAIN_PAUSED: return .paused
        case VIR_DOMAIN_SHUTDOWN: return .shuttingDown
        case VIR_DOMAIN_SHUTOFF: return .shutOff
        case VIR_DOMAIN_CRASHED: return .crashed
        case VIR_DOMAIN_PMSUSPENDED: return .suspended
        default: return .unknown
        }
    }

    /// What went over a tap; `nil` where it cannot be told, as of a domain that stops just now.
    private func counters(of tap: String) -> DomainInterface.Counters? {
        var stats = virDomainInterfaceStatsStruct()
        guard unsafe virDomainInterfaceStats(handle, tap, &stats, MemoryLayout<virDomainInterfaceStatsStruct>.size) == 0 else { return nil }
        return DomainInterface.Counters(
            receivedBytes: stats.rx_bytes, receivedPackets: stats.rx_packets, sentBytes: stats.tx_bytes, sentPackets: stats.tx_packets)
    }

    // MARK: Changing

    private static func flags(_ side: DomainSide) -> UInt32 {
        switch side {
        case .live: VIR_DOMAIN_AFFECT_LIVE.rawValue
        case .stored: VIR_DOMAIN_AFFECT_CONFIG.rawValue
        }
    }

    /// Plugs an interface in.
    func attach(_ xml: String, _ side: DomainSide) throws(LibvirtError) {
        guard unsafe virDomainAttachDeviceFlags(handle, xml, Self.flags(side)) == 0 else { throw .last }
    }

    /// Changes an interface.
    func update(_ xml: String, _ side: DomainSide) throws(LibvirtError) {
        guard unsafe virDomainUpdateDeviceFlags(handle, xml, Self.flags(side)) == 0 else { throw .last }
    }

    /// Takes an interface out of the stored configuration.
    func detachStored(_ xml: String) throws(LibvirtError) {
        guard unsafe virDomainDetachDeviceFlags(handle, xml, Self.flags(.stored)) == 0 else { throw .last }
    }

    /// Asks the guest to give an interface up, and does not wait for it.
    func askToDetach(alias: String) throws(LibvirtError) {
        guard unsafe virDomainDetachDeviceAlias(handle, alias, Self.flags(.live)) == 0 else { throw .last }
    }
}
