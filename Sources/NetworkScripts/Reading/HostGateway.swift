internal import HostNetwork

/// What `/etc/sysconfig/network`, which initscripts source in front of each link's file, says of default routes.
struct HostGateway {
    /// The default route, where it is sure whose it is.
    private(set) var route: Route?
    /// What is not taken over, and where the route came from.
    private(set) var comments: [LinkName: [String]] = [:]
    private(set) var findings: [ScriptFinding] = []

    init(_ directory: ScriptDirectory, _ reading: Interpretation) {
        guard let file = directory.hostFile else { return }
        let settings = Settings(file, for: reading.reader)
        if let text = settings.peek("GATEWAY") {
            readGateway(text, settings, directory, reading)
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
        guard reading.reader == .initscripts else { return leave("GATEWAY", settings, "only with --dialect initscripts does weft look for its link") }
        if let other = others.first { return leave("GATEWAY", settings, "\(other.link?.text ?? "another file") has a default route of its own") }
        let links = reading.links.values.filter { link in
            // initscripts look at the first address alone, and set none beside a lease.
            guard link.master == nil, link.dhcp4 != true, link.isUp != false, device == nil || device == link.name.text,
                let first = link.addresses?.first?.network, first.contains(gateway)
            else { return false }
            return Self.settings(of: link.name, directory, reading)?.peek("DEFROUTE") != "no"
        }
        guard let link = links.first, links.count == 1 else {
            let names = links.map(\.name).sorted().map(\.text).joined(separator: ", ")
            let noLink = device.map { "\($0), which GATEWAYDEV names, has not its" } ?? "no link that is up has its"
            return leave("GATEWAY", settings, links.isEmpty ? "\(noLink) first address in the network of it" : "\(names) all reach it")
        }
        var route = Route(to: .everything(.ipv4), via: gateway, link: link.name)
        route.metric = Self.settings(of: link.name, directory, reading)?.peek("METRIC").flatMap { UInt32($0) }
        route.sourceMark = settings.place("GATEWAY")?.mark
        self.route = route
        comments[link.name] = ["its default route is GATEWAY of the file network"]
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
    }
}
