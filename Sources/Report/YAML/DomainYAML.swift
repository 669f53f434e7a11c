internal import HostNetwork

/// Domains in a topology file: those of their interfaces that hang on a bridge, as they are in every configuration that the domain has.
extension StateYAML {
    func writeDomains(to page: inout YAMLPage) {
        guard let domains, !domains.domains.isEmpty else { return }
        var macs: [MACAddress: Int] = [:]
        for member in domains.members { if let mac = member.interface.current?.mac { macs[mac, default: 0] += 1 } }
        page.blank()
        page.key("domains", 0)
        for domain in domains.domains {
            // No file can name these.
            guard !domain.name.contains(where: { $0 == "/" || $0.isNewline }) else { continue }
            var remarks: [String] = []
            var items: [YAMLPage.Value] = []
            for interface in domain.interfaces {
                guard let mac = interface.current?.mac else { continue }
                if let reason = unsayable(interface, of: domain) ?? (macs[mac] ?? 0 > 1 ? "another interface has that MAC too" : nil) {
                    remarks.append("left out: \(mac): \(reason)")
                } else {
                    items.append(.mapping(entries(for: interface, of: domain)))
                }
            }
            page.key(domain.name, 1, comment: domain.state.rawValue)
            page.list("interfaces", items, 2)
            for remark in remarks { page.comment(remark, 2) }
        }
    }

    /// Why an interface cannot stand in the file as it is; `nil` where it can.
    private func unsayable(_ interface: DomainInterface, of domain: Domain) -> String? {
        let devices = domain.sides.map { interface[$0] }
        guard let device = interface.current, devices.allSatisfy({ $0 != nil }) else { return "only one of the domain's two configurations has it" }
        if let network = device.network { return "it hangs on the libvirt network \(network)\(device.bridge.map { " (\($0))" } ?? "")" }
        if let other = device.switchType { return "it hangs on \(other)\(device.bridge.map { " (\($0))" } ?? "")" }
        guard devices.allSatisfy({ $0?.type == "bridge" }), let bridge = device.bridgeName else { return "it hangs on no bridge (\(device.type))" }
        guard devices.allSatisfy({ $0?.bridge == device.bridge }) else { return "its two configurations name two bridges" }
        return network[bridge]?.kind == .bridge && isSayable(bridge) ? nil : "there is no bridge \(bridge)"
    }

    private func entries(for interface: DomainInterface, of domain: Domain) -> [(key: String, value: YAMLPage.Value)] {
        let devices = domain.sides.compactMap { interface[$0] }
        guard let device = interface.current else { return [] }
        func common<Value: Equatable>(_ field: (DomainDevice) -> Value?) -> Value? {
            guard let value = field(device), devices.allSatisfy({ field($0) == value }) else { return nil }
            return value
        }
        var entries: [(key: String, value: YAMLPage.Value)] = [("mac", .word(device.mac.description))]
        if let bridge = device.bridge { entries.append(("bridge", .word(bridge))) }
        if let model = common(\.model) { entries.append(("model", .word(model))) }
        if let target = common(\.target), !target.hasPrefix("vnet"), (try? LinkName(target)) != nil { entries.append(("target", .word(target))) }
        if let mtu = common(\.mtu) { entries.append(("mtu", .literal(String(mtu)))) }
        if common(\.isIsolated) == true { entries.append(("isolated", .literal("true"))) }
        if common(\.isLinkUp) == false { entries.append(("link", .literal("down"))) }
        if let tap = interface.live?.targetName.flatMap({ network[$0] }), tap.master == device.bridgeName {
            entries += settings(ofPort: tap).filter { $0.key != "isolated" }
        }
        return entries
    }
}
