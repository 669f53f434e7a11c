import Foundation
import HostNetwork
import Netlink
import Testing

/// Routes, set, replaced and taken away.
@Suite struct NetlinkRouteTests {
    private let link: LinkName

    init() throws { link = try LinkName("ens33") }

    private func prepare(_ lab: Lab) throws -> KernelConnection {
        try lab.nics(["ens33", "ens37"])
        try lab.ip(
            """
            link set ens33 up
            link set ens37 up
            addr add 10.0.0.1/24 dev ens33
            addr add 10.0.1.1/24 dev ens37
            addr add fd00::1/64 dev ens33 nodad
            addr add fd00:1::1/64 dev ens37 nodad
            """)
        return try lab.connect()
    }

    /// What `ip` says of the routes that weft made, in one line each.
    private func judged(_ lab: Lab) throws -> [String] {
        try lab.json("-d route show table all").filter { $0["protocol"] as? String == "119" }.map { NetlinkJudge.text(route: $0) }.sorted()
    }

    private func route(_ destination: String, via gateway: String? = nil, link: LinkName? = nil) throws -> Route {
        Route(to: try IPNetwork(destination), via: try gateway.map { try IPAddress($0) }, link: link)
    }

    /// A route of each sort.
    private func everySort() throws -> [Route] {
        let other = try LinkName("ens37")
        var routes = [
            try route("0.0.0.0/0", via: "10.0.0.9", link: link), try route("10.1.0.0/16", via: "10.0.0.9"),
            try route("10.2.0.0/16", link: link), try route("::/0", via: "fd00::9", link: link),
            try route("fd00:5::/64", link: link), try route("10.11.0.1/32", link: link),
        ]
        var tabled = try route("10.3.0.0/16", via: "10.0.0.9", link: link)
        tabled.table = 1000
        tabled.metric = 77
        tabled.source = try IPAddress("10.0.1.1")
        tabled.mtu = 1300
        routes.append(tabled)
        var onLink = try route("10.4.0.0/16", via: "203.0.113.1", link: link)
        // RTNH_F_ONLINK
        onLink.flags = 4
        routes.append(onLink)
        var blackhole = try route("10.5.0.0/16")
        blackhole.type = 6
        routes.append(blackhole)
        var unreachable = try route("fd00:6::/64")
        unreachable.type = 7
        routes.append(unreachable)
        var multipath = try route("10.6.0.0/16")
        multipath.nextHops = [
            Route.NextHop(gateway: try IPAddress("10.0.0.9"), link: link, weight: 2),
            Route.NextHop(gateway: try IPAddress("10.0.1.9"), link: other, weight: 5),
        ]
        routes.append(multipath)
        var multipath6 = try route("fd00:7::/64")
        multipath6.metric = 55
        multipath6.nextHops = [
            Route.NextHop(gateway: try IPAddress("fd00::9"), link: link, weight: 1),
            Route.NextHop(gateway: try IPAddress("fd00:1::9"), link: other, weight: 3),
        ]
        routes.append(multipath6)
        routes.append(try route("10.8.0.0/16", via: "fd00::9", link: link))
        var lasting = try route("fd00:8::/64", via: "fd00::9", link: link)
        lasting.expires = 500
        routes.append(lasting)
        return routes
    }

    private let everySortInWords = [
        "blackhole 10.5.0.0/16 table main proto 119 scope global",
        "unicast 10.1.0.0/16 table main proto 119 scope global via 10.0.0.9 dev ens33",
        "unicast 10.11.0.1 table main proto 119 scope link dev ens33",
        "unicast 10.2.0.0/16 table main proto 119 scope link dev ens33",
        "unicast 10.3.0.0/16 table 1000 proto 119 scope global via 10.0.0.9 dev ens33 metric 77 src 10.0.1.1 mtu 1300",
        "unicast 10.4.0.0/16 table main proto 119 scope global via 203.0.113.1 dev ens33 onlink",
        "unicast 10.6.0.0/16 table main proto 119 scope global hop 10.0.0.9 dev ens33 weight 2 hop 10.0.1.9 dev ens37 weight 5",
        "unicast 10.8.0.0/16 table main proto 119 scope global via fd00::9 dev ens33",
        "unicast default table main proto 119 scope global via 10.0.0.9 dev ens33",
        "unicast default table main proto 119 scope global via fd00::9 dev ens33 metric 1024",
        "unicast fd00:5::/64 table main proto 119 scope global dev ens33 metric 1024",
        "unicast fd00:7::/64 table main proto 119 scope global metric 55 hop fd00::9 dev ens33 weight 1 hop fd00:1::9 dev ens37 weight 3",
        "unicast fd00:8::/64 table main proto 119 scope global via fd00::9 dev ens33 metric 1024",
        "unreachable fd00:6::/64 table main proto 119 scope global metric 1024",
    ]

    @Test func `routes of every sort are set as ip would set them`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            #expect(try kernel.perform(try everySort().map { .addRoute($0) }) == [])
            #expect(try judged(lab) == everySortInWords)
            // And once more is refused, each by itself.
            let again = try kernel.perform(try everySort().map { .addRoute($0) })
            #expect(again.map(\.error.code) == Array(repeating: .exists, count: everySortInWords.count))
        }
    }

    @Test func `a route that was read can be taken away and set again as it was`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            #expect(try kernel.perform(try everySort().map { .addRoute($0) }) == [])
            let read = try kernel.snapshot().routes.filter(\.isOwned)
            #expect(read.map { NetlinkJudge.text($0) }.sorted() == everySortInWords)
            #expect(read.filter { $0.expires != nil }.map(\.destination.description) == ["fd00:8::/64"])
            #expect(try kernel.perform(read.map { .removeRoute($0) }) == [])
            #expect(try judged(lab) == [])
            #expect(try kernel.perform(read.map { .addRoute($0) }) == [])
            #expect(try judged(lab) == everySortInWords)
        }
    }

    @Test func `a wanted route, which says less, takes away the one it means`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            #expect(try kernel.perform(try everySort().map { .addRoute($0) }) == [])
            #expect(try kernel.perform(try everySort().map { .removeRoute($0) }) == [])
            #expect(try judged(lab) == [])
        }
    }

    @Test func `removing takes the very route and not its neighbour`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            try lab.ip("route add 10.1.0.0/16 via 10.0.0.9 dev ens33 proto static")
            let failures = try kernel.perform([.removeRoute(try route("10.1.0.0/16", via: "10.0.0.9", link: link))])
            #expect(failures.map(\.error.code) == [.noSuchRoute])
            #expect("\(try #require(failures.first))" == "remove route to 10.1.0.0/16 via 10.0.0.9 on ens33: No such process [ESRCH]")
            #expect(try lab.json("route show table all").contains { $0["dst"] as? String == "10.1.0.0/16" })
        }
    }

    @Test func `a default route moves to another link by replacing it`() async throws {
        try await Lab.with { lab in
            var kernel = try prepare(lab)
            let other = try LinkName("ens37")
            #expect(
                try kernel.perform([
                    .addRoute(try route("0.0.0.0/0", via: "10.0.0.9", link: link)),
                    .addRoute(try route("::/0", via: "fd00::9", link: link)),
                ]) == [])
            #expect(
                try kernel.perform([
                    .replaceRoute(try route("0.0.0.0/0", via: "10.0.1.9", link: other)),
                    .replaceRoute(try route("::/0", via: "fd00:1::9", link: other)), .replaceRoute(try route("10.99.0.0/16", link: link)),
                ]) == [])
            #expect(
                try judged(lab) == [
                    "unicast 10.99.0.0/16 table main proto 119 scope link dev ens33",
                    "unicast default table main proto 119 scope global via 10.0.1.9 dev ens37",
                    "unicast default table main proto 119 scope global via fd00:1::9 dev ens37 metric 1024",
                ])
        }
    }
}
