internal import HostNetwork

/// A domain that a file names.
struct DomainDraft: Sendable {
    var name: String
    var span: Span
    var interfaces: [InterfaceDraft] = []
}

/// An interface of a domain's.
struct InterfaceDraft: Sendable {
    var want = WantedInterface()
    /// The VLAN on whose bridge it hangs.
    var vlan: VLANID?
    /// The VLANs of a VLAN-aware bridge that its tap lets through; `nil` where nothing is said of them.
    var vlans: VLANTableDraft?
    /// Where each option of its tap as a port stands.
    var options: [OptionRow.ID: OptionDraft] = [:]
    /// Where it begins.
    var span: Span
    /// Where the values of its keys stand.
    var spans: [InterfaceKey: Span] = [:]
    /// Whether it has keys that were complained about, so that nothing can be said of what it lacks.
    var hasUnknownKeys = false

    init(span: Span) { self.span = span }
}

extension Draft {
    /// The bridges that have a VLAN of an id among their ports, in the order of the file.
    func bridges(ofVLAN id: VLANID) -> [LinkDraft] {
        let vlans = Set(present.filter { $0.link.options.number(.vlanID) == Int64(id.number) && $0.section == .vlans }.map(\.name))
        return present.filter { bridge in
            bridge.section == .bridges && (bridge.ports ?? []).contains { !$0.isAbsent && vlans.contains($0.name) }
        }
    }

    /// The domains as they are wanted, with the bridge of each VLAN.
    func wantedDomains(file: String) -> [WantedDomain] {
        domains.map { domain in
            let interfaces = domain.interfaces.map { interface in
                var want = interface.want
                want.origin = interface.span.mark(in: file)
                want.port.vlans = interface.vlans?.table
                if let vlan = interface.vlan { want.settings.bridge = bridges(ofVLAN: vlan).first?.name.text }
                return want
            }
            return WantedDomain(name: domain.name, interfaces: interfaces, origin: domain.span.mark(in: file))
        }
    }
}
