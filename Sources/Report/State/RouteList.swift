internal import HostNetwork
internal import Planner

/// The routes that somebody set: all but those that the kernel makes for addresses by itself.
struct RouteList {
    private let routes: [Route]

    init(_ routes: [Route]) {
        self.routes = routes.filter { !$0.isKernelMade && $0.table != Route.localTable }.sorted { left, right in
            (left.key, left.display) < (right.key, right.display)
        }
    }

    /// A title and a line each, with who made the route.
    var lines: [StyledText] {
        guard !routes.isEmpty else { return [] }
        let texts = routes.map(\.display.printable)
        let column = (texts.map(\.displayWidth).max() ?? 0) + 4
        var lines = [StyledText("ROUTES", .dim)]
        for (route, text) in zip(routes, texts) {
            var line = StyledText("  \(text)")
            line.pad(to: column)
            line.append(Origin.ofRoute(route.origin), .dim)
            if let seconds = route.expires { line.append(", for \(seconds)s", .dim) }
            lines.append(line)
        }
        return lines
    }
}
