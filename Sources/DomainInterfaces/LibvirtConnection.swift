internal import CLibvirt
internal import DomainXML
internal import Glibc
internal import HostNetwork

/// A connection to one libvirt.
@safe final class LibvirtConnection {
    private let handle: OpaquePointer
    /// Which bridge each libvirt network has; asked once each.
    private var bridges: [String: String?] = [:]

    private init(handle: OpaquePointer) { unsafe self.handle = handle }

    deinit { unsafe _ = virConnectClose(handle) }

    /// Connects.
    static func open(_ uri: String, isReadOnly: Bool) throws(LibvirtError) -> LibvirtConnection {
        // Errors are told by the functions that meet them, not printed.
        unsafe virSetErrorFunc(nil) { _, _ in }
        guard virInitialize() == 0, let handle = unsafe isReadOnly ? virConnectOpenReadOnly(uri) : virConnectOpen(uri) else { throw .last }
        return unsafe LibvirtConnection(handle: handle)
    }

    /// Whether libvirt still answers (`virConnectIsAlive`).
    var isAlive: Bool { unsafe virConnectIsAlive(handle) == 1 }

    /// Reads every domain.
    func snapshot(withCounters: Bool) throws -> DomainSnapshot {
        bridges = [:]
        let uri = unsafe takeText(virConnectGetURI(handle)) ?? ""
        let host = unsafe takeText(virConnectGetHostname(handle)) ?? ""
        var domains: [Domain] = []
        for domain in try allDomains() {
            do {
                domains.append(try domain.read(withCounters: withCounters) { self.bridge(ofNetwork: $0) })
            } catch let error as LibvirtError where error.code == Int(VIR_ERR_NO_DOMAIN.rawValue) {
                // It has gone since it was listed.
            }
        }
        var snapshot = DomainSnapshot(uri: uri, host: host, domains: domains)
        snapshot.networks = ownNetworks()
        return snapshot
    }

    /// The bridges that libvirt makes for its networks, with their names. A driver that knows no networks has none.
    private func ownNetworks() -> [String: String] {
        var list: UnsafeMutablePointer<virNetworkPtr?>?
        let count = unsafe virConnectListAllNetworks(handle, &list, 0)
        guard count > 0, let list = unsafe list else { return [:] }
        defer { unsafe free(list) }
        var networks: [String: String] = [:]
        for place in 0..<Int(count) {
            guard let network = unsafe list[place] else { continue }
            defer { unsafe _ = virNetworkFree(network) }
            guard let name = unsafe virNetworkGetName(network), let bridge = unsafe takeText(virNetworkGetBridgeName(network)),
                let xml = unsafe takeText(virNetworkGetXMLDesc(network, 0)), (try? DomainXML.makesItsBridge(network: xml)) == true
            else { continue }
            networks[bridge] = unsafe String(cString: name)
        }
        return networks
    }

    private func allDomains() throws(LibvirtError) -> [DomainHandle] {
        var list: UnsafeMutablePointer<virDomainPtr?>?
        let count = unsafe virConnectListAllDomains(handle, &list, 0)
        guard count >= 0, let list = unsafe list else { throw .last }
        defer { unsafe free(list) }
        var domains: [DomainHandle] = []
        for place in 0..<Int(count) {
            if let domain = unsafe list[place] { unsafe domains.append(DomainHandle(taking: domain)) }
        }
        return domains
    }

    /// Has a callback called at each event of a kind (`VIR_DOMAIN_EVENT_ID_*`), of whichever domain.
    func register(_ event: Int32, _ callback: virConnectDomainEventGenericCallback, _ own: UnsafeMutableRawPointer) -> Bool {
        unsafe virConnectDomainEventRegisterAny(handle, nil, event, callback, own, nil) >= 0
    }

    /// Has a callback called when the connection breaks.
    func registerClose(_ callback: virConnectCloseFunc, _ own: UnsafeMutableRawPointer) -> Bool {
        unsafe virConnectRegisterCloseCallback(handle, callback, own, nil) >= 0
    }

    /// The domain of a UUID.
    func domain(uuid: String) throws(LibvirtError) -> DomainHandle {
        guard let domain = unsafe virDomainLookupByUUIDString(handle, uuid) else { throw .last }
        return unsafe DomainHandle(taking: domain)
    }

    /// The bridge of a libvirt network; `nil` for a network without one, or that is not there.
    func bridge(ofNetwork name: String) -> String? {
        if let known = bridges[name] { return known }
        var bridge: String?
        if let network = unsafe virNetworkLookupByName(handle, name) {
            unsafe bridge = takeText(virNetworkGetBridgeName(network))
            unsafe virNetworkFree(network)
        }
        bridges[name] = .some(bridge)
        return bridge
    }
}

/// A text that libvirt hands over, to be freed.
func takeText(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    guard let text = unsafe text else { return nil }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
}
