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
    /// The keys of links' files that said whether, and with which metric, a link takes the router.
    private(set) var used: [LinkName: Set<String>] = [:]
    /// Where the two readers give the router to different links.
    private(set) var difference: ScriptFinding?

    /// - Parameter other: what NetworkManager makes of the same files, where both are to come to the same.
    init(_ directory: ScriptDirectory, _ reading: Interpretation, beside other: Interpretation? = nil) {
        guard let file = directory.hostFile else { return }
        let settings = Settings(file, for: reading.reader)
        if let text = settings.peek("GATEWAY") {
            readGateway(text, settings, directory, reading, beside: other)
            if let other, let route { compare(route, settings, directory, other) }
        }
        tellDevice(settings, reading)
        for key in ["IPV6_DEFAULTGW", "IPV6_DEFAULTDEV"] where settings.peek(key) != nil { leave(key, settings, "weft takes an IPv6 router from ifcfg files alone") }
    }

    private static func defaultRoutes(_ reading: Interpretation) -> [Route] {
        reading.routes.filter { $0.destination == .everything(.ipv4) && $0.table == Route.mainTable }
    }

    private mutating func readGateway(
        _ text: String, _ settings: Settings, _ directory: ScriptDirectory, _ reading: Interpretation, beside other: Interpretation?
    ) {
        guard let gateway = try? IPAddress(text), gateway.family == .ipv4 else { return leave("GATEWAY", settings, "'\(text)' is no IPv4 address") }
        let device = settings.peek("GATEWAYDEV")
        let others = Self.defaultRoutes(reading)
        for reading in [reading] + [other].compactMap(\.self) { noteDeclining(gateway, device, directory, reading) }
        if others.contains(where: { $0.gateway == gateway && (device == nil || $0.link?.text == device) }) { return }
        if let other = others.first { return leave("GATEWAY", settings, "\(other.link?.text ?? "another file") has a default route of its own") }
        let links = Self.links(thatTake: gateway, device, directory, reading)
        guard let link = links.first, links.count == 1 else {
            let names = links.map(\.name).sorted().map(\.text).joined(separator: ", ")
            let isForInitscripts = reading.reader == .initscripts
            let lacking: String =
                switch (device, isForInitscripts) {
                case (let device?, true): "\(device), which GATEWAYDEV names, has not its first address in the network of it"
                case (let device?, false): "\(device), which GATEWAYDEV names, has no static address"
                case (nil, true): "no link that is up, and is not kept from a default route, has its first address in the network of it"
                case (nil, false): "no link that is up, and is not kept from a default route, has a static address"
                }
            return leave("GATEWAY", settings, links.isEmpty ? lacking : "\(names) all \(isForInitscripts ? "reach" : "take") it")
        }
        var route = Route(to: .everything(.ipv4), via: gateway, link: link.name)
        let metricKey = reading.reader == .initscripts ? "METRIC" : "IPV4_ROUTE_METRIC"
        route.metric = Self.settings(of: link.name, directory, reading)?.peek(metricKey).flatMap { UInt32($0) }
        if route.metric != nil { used[link.name, default: []].insert(metricKey) }
        route.sourceMark = settings.place("GATEWAY")?.mark
        self.route = route
        comments[link.name] = ["its default route is GATEWAY of the file network"]
    }

    /// The links that a reader gives the router to.
    private static func links(thatTake gateway: IPAddress, _ device: String?, _ directory: ScriptDirectory, _ reading: Interpretation) -> [Link] {
        reading.links.values.filter { reaches(gateway, from: $0, device, directory, reading) && !declines($0, device, directory, reading) }
    }

    /// Whether a reader would give a link the router, if the link's file does not say no to it.
    private static func reaches(
        _ gateway: IPAddress, from link: Link, _ device: String?, _ directory: ScriptDirectory, _ reading: Interpretation
    ) -> Bool {
        guard link.master == nil, link.isUp != false, let settings = settings(of: link.name, directory, reading) else { return false }
        let addresses = (link.addresses ?? []).map(\.network).filter { $0.address.family == .ipv4 }
        switch reading.reader {
        case .initscripts:
            // The link's own file may name another device. They look at the first address alone, and set none beside a lease.
            let device = settings.peek("GATEWAYDEV")
            return device.map { $0 == link.name.text } ?? true && link.dhcp4 != true && addresses.first.map { settings.reaches(gateway, from: $0) } ?? false
        case .networkManager:
            return device.map { $0 == link.name.text } ?? true && !addresses.isEmpty
        }
    }

    private static func declines(_ link: Link, _ device: String?, _ directory: ScriptDirectory, _ reading: Interpretation) -> Bool {
        // To NetworkManager GATEWAYDEV goes before DEFROUTE.
        guard reading.reader == .initscripts || device == nil else { return false }
        return settings(of: link.name, directory, reading)?.peek("DEFROUTE").flatMap { Settings.truth($0, to: reading.reader) } == false
    }

    private mutating func noteDeclining(_ gateway: IPAddress, _ device: String?, _ directory: ScriptDirectory, _ reading: Interpretation) {
        for link in reading.links.values where Self.reaches(gateway, from: link, device, directory, reading) && Self.declines(link, device, directory, reading) {
            used[link.name, default: []].insert("DEFROUTE")
        }
    }

    /// A topology has the default routes of all links, and no word for the one link that may have one.
    private mutating func tellDevice(_ settings: Settings, _ reading: Interpretation) {
        guard let device = settings.peek("GATEWAYDEV"), !findings.contains(where: { $0.mark == settings.place("GATEWAYDEV")?.mark }) else { return }
        let place = settings.place("GATEWAYDEV")
        findings.append(
            ScriptFinding(
                .note, at: place?.mark, length: place?.length ?? 1,
                "GATEWAYDEV=\(device) leaves the default routes over other links out; a topology has no word for it, and it stays in a comment"))
        let line = "not carried over: GATEWAYDEV=\(device) (network)"
        if comments[LinkName(kernel: "network")]?.contains(line) != true { comments[LinkName(kernel: "network"), default: []].append(line) }
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
        directory.linkFiles.first { $0.link == link && $0.ignoredBy != reading.reader }.map { Settings($0.text, for: reading.reader, over: directory.hostFile) }
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
