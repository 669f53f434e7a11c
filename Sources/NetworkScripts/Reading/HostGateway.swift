internal import HostNetwork

/// What `/etc/sysconfig/network`, which initscripts source in front of each link's file, says of default routes.
///
/// Initscripts take the router for every link whose first address has it in its network. NetworkManager takes it for every link
/// with static addresses and no `GATEWAY` of its own, whether or not an address reaches it.
struct HostGateway {
    /// The default route, where it is sure whose it is.
    private(set) var route: Route?
    /// What is not taken over, and where the route came from.
    private(set) var comments: [LinkName: [String]] = [:]
    private(set) var findings: [ScriptFinding] = []
    /// Where the two readers give the router to different links.
    private(set) var difference: ScriptFinding?

    /// - Parameter other: what NetworkManager makes of the same files, where both are to come to the same.
    init(_ directory: ScriptDirectory, _ reading: Interpretation, beside other: Interpretation? = nil) {
        guard let file = directory.hostFile else { return }
        let settings = Settings(file, for: reading.reader)
        if let text = settings.peek("GATEWAY") {
            readGateway(text, settings, directory, reading)
            if let other, let route { compare(route, settings, directory, other) }
        } else if let device = settings.peek("GATEWAYDEV"), Self.defaultRoutes(reading).contains(where: { $0.link?.text != device }) {
            leave("GATEWAYDEV", settings, "a topology has the default routes of all links")
        }
        for key in ["IPV6_DEFAULTGW", "IPV6_DEFAULTDEV"] where settings.peek(key) != nil { leave(key, settings, "weft takes an IPv6 router from ifcfg files alone") }
    }

    private static func defaultRoutes(_ reading: Interpretation) -> [Route] {
        reading.routes.filter { $0.destination == .everything(.ipv4) && $0.table == Route.mainTable }
    }

    private mutating func readGateway(_ text: String, _ settings: Settings, _ directory: ScriptDirectory, _ reading: Interpretation) {
        guard let gateway = try? IPAddress(text), gateway.family == .ipv4 else { return leave("GATEWAY", settings, "'\(text)' is no IPv4 address") }
        let device = settings.peek("GATEWAYDEV")
        let others = Self.defaultRoutes(reading)
        if others.contains(where: { $0.gateway == gateway && (device == nil || $0.link?.text == device) }) { return }
        if let other = others.first { return leave("GATEWAY", settings, "\(other.link?.text ?? "another file") has a default route of its own") }
        let links = Self.links(thatTake: gateway, device, directory, reading)
        guard let link = links.first, links.count == 1 else {
            let names = links.map(\.name).sorted().map(\.text).joined(separator: ", ")
            let isForInitscripts = reading.reader == .initscripts
            let noLink = device.map { "\($0), which GATEWAYDEV names, has" } ?? "no link that is up has"
            let lacking = isForInitscripts ? "not its first address in the network of it" : "no static address"
            return leave("GATEWAY", settings, links.isEmpty ? "\(noLink) \(lacking)" : "\(names) all \(isForInitscripts ? "reach" : "take") it")
        }
        var route = Route(to: .everything(.ipv4), via: gateway, link: link.name)
        let metricKey = reading.reader == .initscripts ? "METRIC" : "IPV4_ROUTE_METRIC"
        route.metric = Self.settings(of: link.name, directory, reading)?.peek(metricKey).flatMap { UInt32($0) }
        route.sourceMark = settings.place("GATEWAY")?.mark
        self.route = route
        comments[link.name] = ["its default route is GATEWAY of the file network"]
    }

    /// The links that a reader gives the router to.
    private static func links(thatTake gateway: IPAddress, _ device: String?, _ directory: ScriptDirectory, _ reading: Interpretation) -> [Link] {
        reading.links.values.filter { link in
            guard link.master == nil, link.isUp != false, device == nil || device == link.name.text else { return false }
            let addresses = (link.addresses ?? []).map(\.network).filter { $0.address.family == .ipv4 }
            let defroute = settings(of: link.name, directory, reading)?.peek("DEFROUTE")
            switch reading.reader {
            case .initscripts:
                // They look at the first address alone, and set none beside a lease.
                return link.dhcp4 != true && addresses.first?.contains(gateway) == true && defroute != "no"
            case .networkManager:
                // GATEWAYDEV goes before DEFROUTE.
                return !addresses.isEmpty && (device != nil || defroute.flatMap { Settings.truth($0, to: .networkManager) } != false)
            }
        }
    }

    private mutating func compare(_ route: Route, _ settings: Settings, _ directory: ScriptDirectory, _ other: Interpretation) {
        guard let gateway = route.gateway, let link = route.link else { return }
        let lone = directory.unmanagedLinks
        let links = Self.links(thatTake: gateway, settings.peek("GATEWAYDEV"), directory, other).map(\.name).filter { !lone.contains($0) }.sorted()
        guard !lone.contains(link) || !links.isEmpty, links != [link] else { return }
        let place = settings.place("GATEWAY")
        let names = links.isEmpty ? "nobody" : links.map(\.text).joined(separator: ", ")
        difference = ScriptFinding(
            .warning, at: place?.mark, length: place?.length ?? 1,
            "the default route over GATEWAY=\(gateway) is \(link)'s to initscripts and that of \(names) to NetworkManager",
            fix: "write GATEWAY in ifcfg-\(link), and leave it out here")
    }

    private static func settings(of link: LinkName, _ directory: ScriptDirectory, _ reading: Interpretation) -> Settings? {
        directory.linkFiles.first { $0.link == link && $0.ignoredBy != reading.reader }.map { Settings($0.text, for: reading.reader) }
    }

    private mutating func leave(_ key: String, _ settings: Settings, _ reason: String) {
        guard let value = settings.peek(key) else { return }
        let place = settings.place(key)
        findings.append(
            ScriptFinding(
                .warning, at: place?.mark, length: place?.length ?? 1, "\(key)=\(value) is not taken over, for \(reason); it stays in a comment",
                fix: "write the default route at the link that it is to lead over"))
        comments[LinkName(kernel: "network"), default: []].append("not carried over: \(key)=\(value) (network)")
        if key == "GATEWAY", let device = settings.peek("GATEWAYDEV") {
            comments[LinkName(kernel: "network"), default: []].append("not carried over: GATEWAYDEV=\(device) (network)")
        }
    }
}
