internal import HostNetwork

/// Reading `route-NAME` and `route6-NAME`.
extension LinkReading {
    mutating func readRoutes() {
        switch reader {
        case .initscripts:
            readInitscriptsRoutes(name.text)
            if file.suffix != name.text { readInitscriptsRoutes(file.suffix) }
            readNumberedFile("\(file.suffix).route")
        case .networkManager:
            // It goes by the file's name alone, reads no routes beside a file of rules, and none for a family that it does nothing for.
            let suffix = file.suffix
            if !hasRuleFile {
                if hasIPv4 { readRouteFile("route-\(suffix)", .ipv4) } else { tellUnread("route-\(suffix)") }
                readRouteFile("route6-\(suffix)", .ipv6)
            }
            readRuleFile("rule-\(suffix)", .ipv4)
            readRuleFile("rule6-\(suffix)", .ipv6)
        }
        readRuleKeys()
    }

    /// The files of one name, which may be that of an alias.
    mutating func readInitscriptsRoutes(_ suffix: String) {
        readRouteFile("route-\(suffix)", .ipv4)
        readRouteFile("route6-\(suffix)", .ipv6)
        readRuleFile("rule-\(suffix)", .ipv4)
        readRuleFile("rule6-\(suffix)", .ipv6)
    }

    /// Whether there is a file of rules, beside which NetworkManager reads no routes.
    var hasRuleFile: Bool { ["rule-", "rule6-"].contains { directory.ruleFiles[$0 + file.suffix] != nil } }

    /// Where NetworkManager does nothing for IPv4, initscripts read the file all the same.
    private mutating func tellUnread(_ file: String) {
        guard let lines = directory.routeBytes[file]?.scriptLines, let first = lines.firstIndex(where: \.saysSomething) else { return }
        findings.append(
            ScriptFinding(
                .warning, at: SourceMark(file: directory.file(file), line: first + 1, column: 1), length: lines[first].count, link: name,
                "NetworkManager reads no \(file), for \(self.file.name) gives \(name) no address for IPv4", fix: "write IPADDR, or BOOTPROTO=dhcp"))
    }

    /// `eth0.route`, the oldest form, which initscripts alone read, and source in any case.
    private mutating func readNumberedFile(_ file: String) {
        guard let text = directory.routeFiles[file] else { return }
        routeFilesRead.insert(file)
        readNumbered(text, file)
    }

    private mutating func readRouteFile(_ file: String, _ family: IPAddress.Family) {
        guard let bytes = directory.routeBytes[file] else { return }
        routeFilesRead.insert(file)
        if let text = directory.routeFiles[file] { return readNumbered(text, file) }
        let lines = bytes.scriptLines
        for (index, line) in lines.enumerated() {
            var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }).map { String($0) }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            let mark = SourceMark(file: directory.file(file), line: index + 1, column: 1)
            if let comment = words.firstIndex(where: { $0.hasPrefix("#") }) {
                words.removeSubrange(comment...)
                findings.append(
                    ScriptFinding(
                        .warning, at: mark, length: line.count, link: name, "a comment stands behind the route, which makes both readers refuse the line",
                        fix: "write it in a line of its own"))
            }
            do {
                var route = try Self.route(words, family, name, reader)
                // One that is there twice is set once: the second time it replaces itself.
                if route.table == Route.mainTable, !words.contains("table") { route.table = connectionTable(family) }
                let isRepeated = routes.contains { $0.isSame(as: route) }
                route.sourceMark = mark
                if !isRepeated { routes.append(route) }
                if places["routes"] == nil { places["routes"] = (mark, line.count) }
            } catch {
                findings.append(ScriptFinding(.warning, at: mark, length: line.count, link: name, "the route cannot be said in a topology: \(error.message)", fix: error.fix))
                comments.append("not understood: \(words.joined(separator: " ")) (\(file))")
            }
        }
    }

    /// Reads the arguments of `ip route add`.
    private static func route(_ words: [String], _ family: IPAddress.Family, _ link: LinkName, _ reader: ScriptReader) throws(ValueError) -> Route {
        let ways = words.split(separator: "nexthop", omittingEmptySubsequences: false)
        guard ways.count > 1 else { return try singleRoute(words, family, link, reader) }
        guard reader == .initscripts else { throw ValueError("NetworkManager takes no 'nexthop', and then nothing of the link's files") }
        var route = try singleRoute(Array(ways[0]), family, link, reader)
        guard route.gateway == nil, route.type == Route.unicastType else { throw ValueError("a route has either 'via' or 'nexthop'") }
        route.nextHops = try ways.dropFirst().map { words throws(ValueError) in try nextHop(words, link) }
        if route.nextHops.count == 1, let way = route.nextHops.first {
            route.nextHops = []
            (route.gateway, route.link, route.isOnLink) = (way.gateway, way.link, way.isOnLink)
        } else {
            route.link = nil
        }
        return route
    }

    private static func nextHop(_ words: ArraySlice<String>, _ link: LinkName) throws(ValueError) -> Route.NextHop {
        var hop = Route.NextHop(gateway: nil, link: link, weight: 1)
        var rest = words
        while let word = rest.popFirst() {
            if word == "onlink" {
                hop.isOnLink = true
                continue
            }
            guard var text = rest.popFirst() else { throw ValueError("nothing follows '\(word)'") }
            switch word {
            case "via":
                if text == "inet6" || text == "inet", let address = rest.popFirst() { text = address }
                hop.gateway = try IPAddress(text)
            case "dev": hop.link = try LinkName(String(text.prefix { $0 != ":" }))
            case "weight":
                guard let weight = Int(text), (1...256).contains(weight) else { throw ValueError("'\(text)' is no weight", fix: "1 to 256") }
                hop.weight = weight
            default: throw ValueError("weft does not know '\(word)' of a next hop")
            }
        }
        return hop
    }

    private static func singleRoute(_ words: [String], _ family: IPAddress.Family, _ link: LinkName, _ reader: ScriptReader) throws(ValueError) -> Route {
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
            case "dev":
                // An alias is its link.
                let name = try LinkName(String(try value(of: word).prefix { $0 != ":" }))
                // NetworkManager sets it on the file's link, whatever it says.
                if reader == .initscripts { route.link = name }
            case "metric": route.metric = try number(of: word)
            case "preference", "pref", "priority", "prio":
                guard reader == .initscripts else { throw ValueError("NetworkManager does not know '\(word)'", fix: "write metric") }
                route.metric = try number(of: word)
            case "table":
                let text = try value(of: word)
                guard let table = text == "main" ? Route.mainTable : UInt32(text) else { throw ValueError("table '\(text)' has a name, and weft takes numbers") }
                route.table = table == 0 ? Route.mainTable : table
            case "tos":
                // Hexadecimal to both, with or without 0x in front.
                let text = try value(of: word)
                guard let tos = UInt8(text.hasPrefix("0x") ? String(text.dropFirst(2)) : text, radix: 16) else { throw ValueError("'\(text)' behind 'tos' is no number") }
                route.tos = tos
            case "src": route.source = try IPAddress(try value(of: word))
            case "mtu":
                let text = try value(of: word)
                guard let mtu = UInt32(text) else { throw ValueError("a route's mtu of '\(text)'") }
                route.mtu = mtu
            case "scope":
                let text = try value(of: word)
                guard let scope = Route.scopeNames.first(where: { $0.value == text })?.key else { throw ValueError("weft knows no scope '\(text)'") }
                route.scope = scope
            case "onlink": route.isOnLink = true
            case "proto", "protocol":
                guard reader == .initscripts else { throw ValueError("NetworkManager does not know '\(word)', and then takes nothing of the link's files") }
                // Who set it: weft marks its routes itself.
                let text = try value(of: word)
                guard ["static", "boot", "kernel"].contains(text) || UInt8(text) != nil else { throw ValueError("weft knows no origin '\(text)'") }
            case "unicast", "blackhole", "unreachable", "prohibit", "throw":
                guard let type = Route.typeNames.first(where: { $0.value == word })?.key else { continue }
                route.type = type
            default:
                let text = word == "to" ? try value(of: word) : word
                guard !hasDestination else { throw ValueError("weft does not know '\(word)'") }
                hasDestination = true
                route.destination = try destination(text, family, reader)
            }
        }
        guard hasDestination else { throw ValueError("it leads nowhere") }
        if route.type != Route.unicastType {
            guard route.gateway == nil, route.source == nil, route.mtu == nil else { throw ValueError("a route that leads nowhere has no router, source or mtu") }
            route.link = nil
            route.scope = nil
        }
        if let source = route.source, source.family != family { throw ValueError("the source \(source) is not of the route's family") }
        return route
    }

    private static func destination(_ text: String, _ family: IPAddress.Family, _ reader: ScriptReader) throws(ValueError) -> IPNetwork {
        if text == "default" || text == "0/0" { return .everything(family) }
        let network = try IPNetwork(reader == .initscripts && family == .ipv4 ? spelledOut(text) : text.contains("/") ? text : "\(text)/\(family.bitWidth)")
        guard network.address.family == family else { throw ValueError("\(network) is not \(family.rawValue)") }
        guard network == network.network else { throw ValueError("\(network) has bits set after its prefix", fix: "write \(network.network)") }
        return network
    }

    /// What `ip` takes for an IPv4 network: `10.6/16` and `10.6.0.0/255.255.0.0` are `10.6.0.0/16`.
    private static func spelledOut(_ text: String) throws(ValueError) -> String {
        let parts = text.split(separator: "/", maxSplits: 1).map { String($0) }
        guard let address = parts.first, parts.count == 2 else { return "\(text)/32" }
        let numbers = address.split(separator: ".")
        let whole = (numbers + Array(repeating: "0", count: max(0, 4 - numbers.count))).joined(separator: ".")
        return try "\(whole)/\(parts[1].contains(".") ? String(LinkReading.length(ofMask: parts[1])) : parts[1])"
    }

    /// `ADDRESS0`, `NETMASK0`, `GATEWAY0` and so on, from 0 without a gap.
    private mutating func readNumbered(_ text: ScriptText, _ fileName: String) {
        var reading = self
        reading.settings = Settings(text, for: reader)
        reading.fileName = fileName
        reading.findings = []
        reading.comments = []
        var number = 0
        while reading.settings.peek("ADDRESS\(number)") != nil {
            defer { number += 1 }
            let network = reading.parse("ADDRESS\(number)") { text throws(ValueError) in try IPAddress(text) }
            let length = reading.parse("NETMASK\(number)") { text throws(ValueError) in try LinkReading.length(ofMask: text) }
            let gateway = reading.parse("GATEWAY\(number)") { text throws(ValueError) in try IPAddress(text) }
            guard let network, let length, let destination = IPNetwork(network, prefixLength: length) else {
                if reading.settings.peek("NETMASK\(number)") == nil { reading.warn("ADDRESS\(number)", "route \(number) has no NETMASK\(number)", fix: "write it") }
                for key in ["ADDRESS\(number)", "NETMASK\(number)", "GATEWAY\(number)"] {
                    guard let text = reading.settings.take(key) else { continue }
                    let line = "not understood: \(key)=\(text) (\(fileName))"
                    if !reading.comments.contains(line) { reading.comments.append(line) }
                }
                continue
            }
            var route = Route(to: destination, via: gateway, link: name)
            route.sourceMark = reading.settings.place("ADDRESS\(number)")?.mark
            if reader == .networkManager { route.metric = reading.settings.take("METRIC\(number)").flatMap { UInt32($0) } }
            route.table = connectionTable(.ipv4)
            routes.append(route)
        }
        for assignment in text.assignments where assignment.key.hasPrefix("ADDRESS") && (Int(assignment.key.dropFirst(7)) ?? -1) > number {
            reading.warn(assignment.key, "no reader gets to \(assignment.key), for ADDRESS\(number) is missing", fix: "count from 0 without a gap")
            reading.comments.append("not understood: \(assignment.key) (\(fileName))")
        }
        if places["routes"] == nil { places["routes"] = text.assignments.first.map { ($0.mark, $0.length) } }
        findings += reading.findings
        comments += reading.comments
        for assignment in text.assignments where !reading.settings.used.contains(assignment.key) && !assignment.key.hasPrefix("ADDRESS") {
            comments.append("not understood: \(assignment.key)=\(assignment.value(for: reader) ?? "…") (\(fileName))")
            findings.append(
                ScriptFinding(.note, at: assignment.mark, length: assignment.length, link: name, "weft makes nothing of \(assignment.key) in \(fileName); it stays in a comment"))
        }
        for piece in text.unread { comments.append("not understood: \(piece.text) (\(fileName), line \(piece.line))") }
    }
}

extension Route {
    /// Whether two lines say the same.
    fileprivate func isSame(as other: Route) -> Bool {
        var (left, right) = (self, other)
        left.sourceMark = nil
        right.sourceMark = nil
        return left == right
    }
}
