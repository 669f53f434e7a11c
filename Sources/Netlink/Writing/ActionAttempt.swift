internal import HostNetwork

/// What an error says was attempted. It is put into words only where there is an error, for most actions of thousands have none.
enum Attempt {
    case action(Action)
    case words(String)

    /// The beginning of the error's sentence.
    var text: String {
        switch self {
        case .action(let action): action.attempt
        case .words(let words): words
        }
    }
}

extension Action {
    /// The action as the beginning of an error's sentence.
    var attempt: String {
        switch self {
        case .create(let link): link.createAttempt
        case .change(let link): link.changeAttempt
        case .delete(let names): names.count == 1 ? "delete \(names[0])" : "delete \(names.count) links"
        case .addName(let name, let link): "give \(link) the name \(name)"
        case .removeName(let name, let link): "take the name \(name) from \(link)"
        case .setVLANs(let vlans, let place): "allow VLAN \(vlans.display) on \(place.link)"
        case .removeVLANs(let ids, let place): "remove VLAN \(ids.map { BridgeVLAN.text(of: $0) }.joined(separator: ", ")) from \(place.link)"
        case .addAddress(let address, let link): "add address \(address.network) to \(link)"
        case .removeAddress(let address, let link): "remove address \(address.network) from \(link)"
        case .addRoute(let route): "add \(route.attempt)"
        case .replaceRoute(let route): "replace \(route.attempt)"
        case .removeRoute(let route): "remove \(route.attempt)"
        case .addRule(let rule): "add rule \(rule.display)"
        case .removeRule(let rule): "remove rule \(rule.display)"
        case .service(let action): action.attempt
        case .restore(let belonging, let link): "put back \(belonging.display) on \(link)"
        case .forget(let belonging, let link): "take \(belonging.display) from \(link)"
        }
    }
}

extension Link {
    fileprivate var createAttempt: String { "create \(kind.displayName) \(name)" }

    /// Names the one thing that changes, if it is one.
    fileprivate var changeAttempt: String {
        var changes: [String] = []
        switch attachment {
        case .port(let master): changes.append("add \(name) to \(master)")
        case .free: changes.append("release \(name) from its master")
        case nil: break
        }
        if let isUp { changes.append("set \(name) \(isUp ? "up" : "down")") }
        if let mtu { changes.append("set the MTU of \(name) to \(mtu)") }
        if let hasIPv6 { changes.append("switch IPv6 \(hasIPv6 ? "on" : "off") on \(name)") }
        if let addressGeneration { changes.append("set addr_gen_mode of \(name) to \(addressGeneration.name)") }
        if let mac { changes.append("set the MAC of \(name) to \(mac)") }
        for entry in options.entries + portOptions.entries {
            guard let row = OptionRow.with(id: entry.id) else { continue }
            changes.append("set \(row.name) of \(name) to \(row.text(of: entry.value))")
        }
        return changes.count == 1 ? changes[0] : "change \(kind.displayName) \(name)"
    }
}

extension Route {
    fileprivate var attempt: String {
        var text = isDefault ? "default route" : "route to \(destination)"
        if let gateway { text += " via \(gateway)" }
        if let link { text += " on \(link)" }
        if table != Route.mainTable { text += " in table \(table)" }
        return text
    }
}
