internal import HostNetwork

extension Interpretation {
    /// Initscripts set a default route in the place of the one that is there already: of those of one metric the link's counts that
    /// comes up last.
    mutating func leaveOutReplacedRoutes() {
        let order = bootOrder
        let isPlain = { (route: Route) in route.destination == .everything(.ipv4) && route.table == Route.mainTable && route.nextHops.isEmpty }
        for (metric, rivals) in Dictionary(grouping: routes.filter(isPlain), by: \.effectiveMetric) where rivals.count > 1 {
            func place(_ route: Route) -> Int { route.link.flatMap { order.firstIndex(of: $0) } ?? -1 }
            guard let last = rivals.enumerated().max(by: { (place($0.element), $0.offset) < (place($1.element), $1.offset) })?.element else { continue }
            for route in rivals where route != last && (route.link != last.link || route.gateway != last.gateway) {
                routes.removeAll { isPlain($0) && $0 == route }
                for file in routesByFile.keys { routesByFile[file]?.removeAll { $0 == route } }
                let (owner, winner) = (route.link?.text ?? "-", last.link?.text ?? "-")
                let what = "the default route over \(route.gateway?.description ?? owner)"
                findings.append(
                    ScriptFinding(
                        .warning, at: route.sourceMark, link: route.link,
                        "\(what) is there until \(winner) comes up, to initscripts: then the one over \(last.gateway?.description ?? winner) takes its place, of the same metric",
                        fix: "keep one of them, or write GATEWAYDEV in the file network"))
                if let link = route.link {
                    comments[link, default: []].append("counts for nothing beside that of \(winner): \(what)\(metric == 0 ? "" : " with metric \(metric)")")
                }
            }
        }
    }
}
