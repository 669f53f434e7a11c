internal import HostNetwork

/// Reading `ifcfg-eth0:1` and its like, and `-range` files: further addresses with a label, which weft does without.
///
/// Initscripts go by the file's name and the link's `DEVICE`, NetworkManager by the names of both files.
extension LinkReading {
    mutating func readAliases(_ addresses: inout [IPNetwork]) {
        let base = reader == .initscripts ? name.text : file.suffix
        let aliases = directory.aliases[base] ?? []
        var context = AliasContext(own: addresses, parent: settings)
        for alias in aliases.filter({ !$0.isRange }) + aliases.filter(\.isRange) {
            var reading = self
            reading.settings = Settings(alias.text, for: reader)
            reading.fileName = alias.name
            reading.findings = []
            reading.comments = []
            let found = reading.aliasNetworks(alias, &context)
            for network in found ?? [] {
                let place = reading.settings.place("IPADDR") ?? reading.settings.place("IPADDR_START")
                if addresses.contains(network) {
                    findings.append(ScriptFinding(.warning, at: place?.mark, length: place?.length ?? 1, link: name, "\(network) is on \(name) already", fix: "keep one of the two"))
                } else {
                    addresses.append(network)
                    places["address \(network)"] = place
                }
            }
            if reader == .initscripts || !alias.isRange { _ = reading.settings.take("DEVICE") }
            if found != nil, !alias.isRange { reading.readAliasIPv6(&addresses) }
            if found?.isEmpty ?? false, !alias.isRange, reading.settings.peek("IPADDR") == nil, reading.settings.peek("IPV6ADDR") == nil {
                findings.append(
                    ScriptFinding(.note, at: SourceMark(file: alias.text.file, line: 1, column: 1), link: name, "\(alias.name) has no IPADDR, and so adds none to \(name)"))
            }
            if let found, !found.isEmpty {
                reading.comments.append("\(alias.name): its address stands here without the label \(alias.suffix)")
                reading.readAliasGateway(alias, addresses, &context)
                if reader == .initscripts, context.routes(reading.settings) { reading.readAliasRoutes(alias) }
            }
            (routes, rules, routeFilesRead) = (reading.routes, reading.rules, reading.routeFilesRead)
            places.merge(reading.places) { former, _ in former }
            aliasKeys.merge(reading.aliasKeys) { $0.union($1) }
            findings += reading.findings
            comments += reading.comments
            aliasKeys[alias.name] = found == nil ? Set(alias.text.assignments.map(\.key)) : reading.settings.used
        }
    }

    /// What the aliases of a link have in common.
    private struct AliasContext {
        /// The link's addresses without any alias.
        let own: [IPNetwork]
        /// The link's own file.
        let parent: Settings
        /// The labels' numbers that a file has taken.
        var numbers: Set<String> = []

        /// Whether initscripts set an alias's routes.
        func routes(_ alias: Settings) -> Bool { (alias.peek("NO_ALIASROUTING") ?? parent.peek("NO_ALIASROUTING")).flatMap { Settings.truth($0, to: .initscripts) } != true }
    }

    /// An alias's addresses; `nil` where the file is passed over as a whole, which is told then.
    private mutating func aliasNetworks(_ alias: ScriptDirectory.LinkFile, _ context: inout AliasContext) -> [IPNetwork]? {
        let device = settings.peek("DEVICE")
        let label = device ?? alias.suffix
        switch reader {
        case .initscripts:
            // One that is called like a link is brought up like a link.
            let key = alias.suffix.contains(":") || alias.isRange ? "ONPARENT" : "ONBOOT"
            if key == "ONPARENT" { tellOnBoot() }
            if takesYes(key) == false {
                return passOver(
                    alias, key, "\(alias.name) does not come up with \(name) to initscripts, and a topology's addresses are always there",
                    fix: "add the address to \(name) if it is not moved between hosts, by a failover program for example", severity: .note)
            }
            if alias.isRange { return readRange(context) }
            let number = label.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).last.map { String($0) } ?? ""
            guard Self.isAliasNumber(number) else {
                return passOver(alias, "DEVICE", "'\(number)' is no number of an alias to initscripts, which pass the file over", fix: "use letters, digits and '_' behind the colon")
            }
            guard label.hasPrefix(name.text) else {
                return passOver(alias, "DEVICE", "a label of \(name) cannot be \(label): initscripts set no address for it", fix: "write DEVICE=\(alias.suffix)")
            }
            guard context.numbers.insert(number).inserted else {
                return passOver(alias, "DEVICE", "another alias of \(name) has the label \(label): initscripts pass this file over", fix: "write DEVICE=\(alias.suffix)")
            }
            return aliasNetwork(of: context).map { [$0] } ?? []
        case .networkManager:
            // Their leftover keys are told.
            if alias.isRange { return [] }
            let reason: String? =
                if !Self.isAliasNumber(String(alias.suffix.drop { $0 != ":" }.dropFirst())) {
                    "NetworkManager takes no alias whose file has such a name: letters, digits and '_' behind the colon"
                } else if let device {
                    device == alias.suffix ? nil : "NetworkManager passes an alias over whose DEVICE, \(device), is not the file's name"
                } else {
                    "NetworkManager passes an alias without DEVICE over"
                }
            if let reason {
                let isNamed = Self.isAliasNumber(String(label.drop { $0 != ":" }.dropFirst()))
                let better = label.contains(":") ? label : "\(name):1"
                return passOver(alias, "DEVICE", reason, fix: isNamed ? "call the file ifcfg-\(better), and write DEVICE=\(better)" : "call the file ifcfg-\(name):1, and write DEVICE=\(name):1")
            }
            tellOnBoot()
            return aliasNetwork(of: context).map { [$0] } ?? []
        }
    }

    /// An alias comes up with its link.
    private mutating func tellOnBoot() {
        guard settings.peek("ONBOOT").flatMap({ Settings.truth($0, to: reader) }) == false else { return }
        passOver("ONBOOT", "ONBOOT=\(settings.peek("ONBOOT") ?? "") counts for nothing in the file of an alias, which comes up with \(name)", fix: "leave the file out, if the address is not to be there")
    }

    private static func isAliasNumber(_ text: String) -> Bool { text.utf8.allSatisfy { $0 == UInt8(ascii: "_") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 } }

    /// An alias's address, with the mask of the link's own file where the reader takes that.
    private mutating func aliasNetwork(of context: AliasContext) -> IPNetwork? {
        guard settings.peek("IPADDR") != nil else { return nil }
        guard let length = inheritedLength(context) else { return ipv4("", guessing: reader.displayName) }
        guard let address = parse("IPADDR", { text throws(ValueError) in try IPAddress(text) }) else { return nil }
        return IPNetwork(address, prefixLength: length)
    }

    /// The mask that an alias has of the link: NetworkManager takes that of the first address where the alias says none, initscripts
    /// the keys, and `PREFIX` before a `NETMASK` of the alias.
    private mutating func inheritedLength(_ context: AliasContext) -> Int? {
        guard settings.peek("PREFIX") == nil else { return nil }
        let mask = settings.peek("NETMASK")
        if reader == .networkManager { return mask == nil ? context.own.first?.prefixLength : nil }
        if let length = context.parent.peek("PREFIX").flatMap({ Int($0) }), (0...32).contains(length) {
            if let mask, (try? Self.length(ofMask: mask)) != length {
                passOver("NETMASK", "to initscripts PREFIX=\(length) of \(file.name) is what counts, and NETMASK=\(mask) of the alias counts for nothing", fix: "write PREFIX= in the alias")
            } else {
                _ = settings.take("NETMASK")
            }
            return length
        }
        return mask == nil ? context.parent.peek("NETMASK").flatMap { try? Self.length(ofMask: $0) } : nil
    }

    /// Initscripts set an alias's addresses for IPv6 on the link; NetworkManager does not look at them.
    private mutating func readAliasIPv6(_ addresses: inout [IPNetwork]) {
        guard reader == .initscripts, takesYes("IPV6INIT") != false else { return }
        for key in ["IPV6ADDR", "IPV6ADDR_SECONDARIES"] {
            for network in readIPv6Words(key) where !addresses.contains(network) { addresses.append(network) }
        }
    }

    private mutating func passOver(
        _ alias: ScriptDirectory.LinkFile, _ key: String, _ reason: String, fix: String?, severity: ScriptFinding.Severity = .warning
    ) -> [IPNetwork]? {
        let place = settings.place(key)
        findings.append(
            ScriptFinding(
                severity, at: place?.mark ?? SourceMark(file: alias.text.file, line: 1, column: 1), length: place?.length ?? 1, link: name,
                "\(reason); it stays in a comment", fix: fix))
        comments += alias.text.lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map { "not carried over: \($0) (\(alias.name))" }
        return nil
    }

    /// `IPADDR_START` to `IPADDR_END` of a `-range` file, which differ in their last number alone. Only initscripts know it.
    private mutating func readRange(_ context: AliasContext) -> [IPNetwork] {
        guard let first = settings.peek("IPADDR_START").flatMap({ try? IPAddress($0) }),
            let last = settings.peek("IPADDR_END").flatMap({ try? IPAddress($0) }), first.family == .ipv4, last.family == .ipv4,
            first.bytes.dropLast() == last.bytes.dropLast(), let low = first.bytes.last, let high = last.bytes.last, low <= high
        else { return [] }
        let isMasked = settings.peek("PREFIX") != nil || settings.peek("NETMASK") != nil
        var length = inheritedLength(context)
        length = length ?? parse("PREFIX") { text throws(ValueError) in try Self.prefixLength(text) }
        length = length ?? readMask("NETMASK")
        // A mask that is none is told, and the keys stay in comments.
        guard let length = length ?? (isMasked ? nil : Self.lengthByClass(of: first)) else { return [] }
        for key in ["IPADDR_START", "IPADDR_END", "CLONENUM_START"] { _ = settings.take(key) }
        return (low...high).compactMap { number in
            (try? IPAddress(first.bytes.dropLast().map { "\($0)." }.joined() + "\(number)")).flatMap { IPNetwork($0, prefixLength: length) }
        }
    }

    // MARK: Routes

    /// The default route that comes with an alias.
    private mutating func readAliasGateway(_ alias: ScriptDirectory.LinkFile, _ addresses: [IPNetwork], _ context: inout AliasContext) {
        let isOwn = settings.peek("GATEWAY") != nil
        func isDefault(_ route: Route) -> Bool { route.destination == .everything(.ipv4) && route.table == Route.mainTable }
        func counts(for reason: String) {
            passOver("GATEWAY", "GATEWAY=\(settings.peek("GATEWAY") ?? "") of \(alias.name) counts for nothing \(reason)")
        }
        if reader == .networkManager {
            guard isOwn else { return }
            if context.parent.peek("DEFROUTE").flatMap({ Settings.truth($0, to: reader) }) != nil { return counts(for: "to NetworkManager beside DEFROUTE in \(file.name)") }
            if routes.contains(where: isDefault) { return counts(for: "to NetworkManager beside a default route of \(file.name)") }
            if let device = gatewayDevice, device.name != name.text { return counts(for: "beside GATEWAYDEV=\(device.name) in the file network") }
            if takesYes("DEFROUTE") == false { return counts(for: "beside DEFROUTE=no") }
            guard let gateway = parse("GATEWAY", { text throws(ValueError) in try IPAddress(text) }) else { return }
            return append(defaultOf: alias, over: gateway, context)
        }
        guard context.routes(settings) else { return isOwn ? counts(for: "beside NO_ALIASROUTING=yes") : () }
        if let device = hostGatewayDevice, device != settings.peek("DEVICE") ?? alias.suffix {
            return isOwn ? counts(for: "beside GATEWAYDEV=\(device) in the file network") : ()
        }
        // What the link's own file says holds for the alias, too; the router of the file `network` where that says none.
        let hosts = directory.hostFile.flatMap { Settings($0, for: reader).peek("GATEWAY") }
        guard let text = settings.peek("GATEWAY") ?? context.parent.peek("GATEWAY") ?? hosts, let gateway = try? IPAddress(text), gateway.family == .ipv4 else { return }
        let isHosts = !isOwn && context.parent.peek("GATEWAY") == nil
        // (``HostGateway``)
        if isHosts, context.own.first.map({ context.parent.reaches(gateway, from: $0) }) ?? false { return }
        if routes.contains(where: { isDefault($0) && $0.gateway == gateway }) { return _ = settings.take("GATEWAY") }
        guard addresses.contains(where: { $0.contains(gateway) }) else {
            return isOwn ? counts(for: "to initscripts, for it lies in no network of \(name)") : ()
        }
        _ = settings.take("GATEWAY")
        append(defaultOf: alias, over: gateway, context)
        let route = routes[routes.count - 1]
        if let former = routes.dropLast().first(where: { isDefault($0) && $0.metric == route.metric }) {
            routes.removeAll { isDefault($0) && $0.gateway == former.gateway && $0.metric == route.metric }
            warn("GATEWAY", "the default route of \(alias.name) takes the place of the one over \(former.gateway?.description ?? name.text), to initscripts", fix: "keep one of the two")
            comments.append("counts for nothing beside GATEWAY=\(gateway) of \(alias.name): GATEWAY=\(former.gateway?.description ?? "") (\(file.name))")
        }
        if !isOwn {
            let place = context.parent.place("GATEWAY")
            findings.append(
                ScriptFinding(
                    .warning, at: place?.mark, length: place?.length ?? 1, link: name,
                    "to initscripts GATEWAY=\(gateway) holds for \(alias.name), too, and makes a default route there", fix: "write GATEWAY= in \(alias.name)"))
        }
    }

    /// `GATEWAYDEV` of the file `network`, the only one that initscripts look at for an alias.
    private var hostGatewayDevice: String? { directory.hostFile.flatMap { Settings($0, for: reader).peek("GATEWAYDEV") } }

    private mutating func append(defaultOf alias: ScriptDirectory.LinkFile, over gateway: IPAddress, _ context: AliasContext) {
        var route = Route(to: .everything(.ipv4), via: gateway, link: name)
        let metric = reader == .initscripts ? settings.take("METRIC") : context.parent.peek("IPV4_ROUTE_METRIC")
        route.metric = metric.flatMap { UInt32($0) }
        // Here they are the link's own.
        if reader == .networkManager { aliasKeys[file.name] = ["IPV4_ROUTE_METRIC", "IPV4_ROUTE_TABLE"] }
        if reader == .networkManager { route.table = context.parent.peek("IPV4_ROUTE_TABLE").flatMap { UInt32($0) }.flatMap { $0 == 0 ? nil : $0 } ?? Route.mainTable }
        route.sourceMark = (settings.place("GATEWAY") ?? context.parent.place("GATEWAY"))?.mark
        routes.append(route)
        if places["routes"] == nil { places["routes"] = settings.place("GATEWAY") }
    }

    /// Initscripts read the files of routes and rules of an alias, too.
    private mutating func readAliasRoutes(_ alias: ScriptDirectory.LinkFile) {
        guard !alias.isRange else { return }
        let label = settings.peek("DEVICE") ?? alias.suffix
        for suffix in Set([label, settings.peek("NAME") ?? label]).sorted() where suffix != name.text { readInitscriptsRoutes(suffix) }
    }
}
