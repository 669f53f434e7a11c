internal import HostNetwork

/// Reading `route-NAME`, `route6-NAME` and `rule-NAME`.
extension LinkReading {
    mutating func readRoutes(_ link: inout Link) {
        var names = [name.text]
        if file.suffix != name.text { names.append(file.suffix) }
        // NetworkManager goes by the file's name alone.
        if reader == .networkManager { names = [file.suffix] }
        for suffix in names {
            readRouteFile("route-\(suffix)", .ipv4)
            readRouteFile("route6-\(suffix)", .ipv6)
            for rules in ["rule-\(suffix)", "rule6-\(suffix)"] { keepRules(rules) }
        }
    }

    private mutating func readRouteFile(_ file: String, _ family: IPAddress.Family) {
        if let text = directory.routeFiles[file] { return readNumbered(text, file) }
        guard let bytes = directory.routeBytes[file] else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }).map { String($0) }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            let mark = SourceMark(file: directory.file(file), line: index + 1, column: 1)
            do {
                var route = try Self.route(words, family, name)
                route.sourceMark = mark
                routes.append(route)
                if places["routes"] == nil { places["routes"] = (mark, line.count) }
            } catch {
                findings.append(ScriptFinding(.warning, at: mark, length: line.count, link: name, "the route cannot be said in a topology: \(error.message)", fix: error.fix))
                comments.append("not understood: \(words.joined(separator: " ")) (\(file))")
            }
        }
    }

    /// Reads the arguments of `ip route add`.
    private static func route(_ words: [String], _ family: IPAddress.Family, _ link: LinkName) throws(ValueError) -> Route {
        var route = Route(to: .everything(family), link: link)
        var hasDestination = false
        var rest = words[...]
        func value(of word: String) throws(ValueError) -> String {
            guard let value = rest.popFirst() else { throw ValueError("nothing follows '\(word)'") }
            return value
        }
        func number(of word: String) throws(ValueError) -> UInt32 {
            let text = try value(of: word)
            guard let number = UInt32(text) else { throw ValueError("'\(text)' behind '\(word)' is no number") }
            return number
        }
        while let word = rest.popFirst() {
            switch word {
            case "via":
                var text = try value(of: word)
                if text == "inet6" || text == "inet" { text = try value(of: text) }
                route.gateway = try IPAddress(text)
            case "dev": route.link = try LinkName(try value(of: word))
            case "metric", "preference", "priority": route.metric = try number(of: word)
            case "table":
                let text = try value(of: word)
                guard let table = text == "main" ? Route.mainTable : UInt32(text) else { throw ValueError("table '\(text)' has a name, and weft takes numbers") }
                route.table = table == 0 ? Route.mainTable : table
            case "src": route.source = try IPAddress(try value(of: word))
            case "mtu":
                let text = try value(of: word)
                guard let mtu = UInt32(text) else { throw ValueError("a route's mtu of '\(text)'") }
                route.mtu = mtu
            case "onlink": route.isOnLink = true
            case "unicast": continue
            default:
                let text = word == "to" ? try value(of: word) : word
                guard !hasDestination else { throw ValueError("weft does not know '\(word)'") }
                hasDestination = true
                route.destination = try destination(text, family)
            }
        }
        guard hasDestination else { throw ValueError("it leads nowhere") }
        if let source = route.source, source.family != family { throw ValueError("the source \(source) is not of the route's family") }
        return route
    }

    private static func destination(_ text: String, _ family: IPAddress.Family) throws(ValueError) -> IPNetwork {
        if text == "default" || text == "0/0" { return .everything(family) }
        let network = try IPNetwork(text.contains("/") ? text : "\(text)/\(family.bitWidth)")
        guard network.address.family == family else { throw ValueError("\(network) is not \(family.rawValue)") }
        guard network == network.network else { throw ValueError("\(network) has bits set after its prefix", fix: "write \(network.network)") }
        return network
    }

    /// `ADDRESS0`, `NETMASK0`, `GATEWAY0` and so on, from 0 without a gap.
    private mutating func readNumbered(_ text: ScriptText, _ fileName: String) {
        var reading = self
        reading.settings = Settings(text, for: reader)
        reading.findings = []
        reading.comments = []
        var number = 0
        while reading.settings.peek("ADDRESS\(number)") != nil {
            defer { number += 1 }
            let network = reading.parse("ADDRESS\(number)") { text throws(ValueError) in try IPAddress(text) }
            let length = reading.parse("NETMASK\(number)") { text throws(ValueError) in try LinkReading.length(ofMask: text) }
            let gateway = reading.parse("GATEWAY\(number)") { text throws(ValueError) in try IPAddress(text) }
            guard let network, let length, let destination = IPNetwork(network, prefixLength: length) else {
                reading.warn("ADDRESS\(number)", "route \(number) has no NETMASK\(number)", fix: "write it")
                reading.comments.append("not understood: ADDRESS\(number) (\(fileName))")
                continue
            }
            var route = Route(to: destination, via: gateway, link: name)
            route.sourceMark = reading.settings.place("ADDRESS\(number)")?.mark
            if reader == .networkManager { route.metric = reading.settings.take("METRIC\(number)").flatMap { UInt32($0) } }
            routes.append(route)
        }
        for assignment in text.assignments where assignment.key.hasPrefix("ADDRESS") && (Int(assignment.key.dropFirst(7)) ?? -1) > number {
            reading.warn(assignment.key, "no reader gets to \(assignment.key), for ADDRESS\(number) is missing", fix: "count from 0 without a gap")
            reading.comments.append("not understood: \(assignment.key) (\(fileName))")
        }
        if places["routes"] == nil { places["routes"] = text.assignments.first.map { ($0.mark, $0.length) } }
        findings += reading.findings
        comments += reading.comments
        let known = ["ADDRESS", "NETMASK", "GATEWAY", "METRIC"]
        for assignment in text.assignments where !known.contains(where: { assignment.key.hasPrefix($0) }) {
            comments.append("not understood: \(assignment.key)=\(assignment.initscripts ?? "…") (\(fileName))")
        }
    }

    /// Rules are no part of a topology: they stay in comments.
    private mutating func keepRules(_ file: String) {
        guard let bytes = directory.ruleFiles[file] else { return }
        for (index, line) in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let first = line.first(where: { !$0.isWhitespace }), first != "#" else { continue }
            comments.append("not understood: \(line) (\(file))")
            findings.append(
                ScriptFinding(
                    .warning, at: SourceMark(file: directory.file(file), line: index + 1, column: 1), length: line.count, link: name,
                    "a routing rule, which stays in a comment"))
        }
    }
}
