import HostNetwork
import Testing

@Suite("Link options")
struct OptionTests {
    /// Values at the edges of a row's range, in its own unit.
    private static func samples(of row: OptionRow) throws -> [OptionValue] {
        switch row.meaning {
        case .flag: return [.number(0), .number(1)]
        case .choice(let choices): return choices.map { .number($0.number) }
        case .count, .milliseconds, .centiseconds:
            let range = try #require(row.range, "\(row.name) has no range")
            return [.number(range.lowerBound), .number(range.lowerBound + 1), .number(range.upperBound)]
        case .mask(let forbidden): return [.number(0), .number(8), .number(0xffff & ~forbidden)]
        case .link: return [.link(try LinkName("ens37"))]
        case .mac: return [.mac(.zero), .mac(try MACAddress("02:00:00:00:00:99"))]
        case .bridgeGroup: return try ["00", "04", "0f"].map { .mac(try MACAddress("01:80:c2:00:00:\($0)")) }
        case .ipv6List: return [.addresses([try IPAddress("2001:db8::1"), try IPAddress("fe80::2")])]
        case .priorityMap(let from, let to):
            let edges = [PriorityMapping(from: UInt32(from.lowerBound), to: UInt32(to.upperBound)), PriorityMapping(from: UInt32(from.upperBound), to: 1)]
            return [.priorities([]), .priorities(edges)]
        case .ipv4List: return [.addresses([try IPAddress("192.0.2.1"), try IPAddress("192.0.2.2")])]
        }
    }

    @Test(arguments: OptionRow.all)
    func `an option's text reads back as the same value`(_ row: OptionRow) throws {
        for value in try Self.samples(of: row) {
            #expect(try row.parse(row.text(of: value)) == value)
            #expect(!row.display(of: value).isEmpty)
        }
    }

    @Test(arguments: OptionRow.all)
    func `an option takes its range and nothing beside it`(_ row: OptionRow) throws {
        guard let range = row.range else {
            #expect(throws: ValueError.self) { try row.parse("no value at all") }
            return
        }
        let unit = row.meaning == .centiseconds ? "cs" : ""
        #expect(try row.parse("\(range.lowerBound)\(unit)") == .number(range.lowerBound))
        #expect(try row.parse("\(range.upperBound)\(unit)") == .number(range.upperBound))
        for number in [range.lowerBound - 1, range.upperBound + 1] {
            #expect(throws: ValueError.self) { try row.parse("\(number)\(unit)") }
        }
    }

    @Test(arguments: OptionRow.all)
    func `an option's default lies in its range, and default means it`(_ row: OptionRow) throws {
        guard let value = row.kernelDefault else {
            #expect(throws: ValueError.self) { try row.parse("default") }
            return
        }
        #expect(try row.parse("default") == value)
        #expect(try row.parse(row.text(of: value)) == value)
    }

    @Test(arguments: OptionRow.Scope.allCases)
    func `no two options of a scope share a spelling, and each is found by all of its own`(_ scope: OptionRow.Scope) {
        let rows = OptionRow.rows(of: scope)
        let spellings = rows.flatMap { [$0.name] + $0.aliases }
        #expect(Set(spellings).count == spellings.count)
        for row in rows {
            #expect(row.scope == scope)
            for spelling in [row.name] + row.aliases { #expect(OptionRow.named(spelling, in: scope)?.id == row.id) }
            #expect(OptionRow.with(id: row.id)?.name == row.name)
        }
        #expect(OptionRow.named("no_such_option", in: scope) == nil)
    }

    @Test(arguments: ["010", "+5", "-1", "0x10", "1e3", "1_0", "10:20", " 5", "5 ", "", "٣", "１０", "5s", "99999999999999999999", "1.5"])
    func `what only looks like a number is refused`(_ text: String) {
        #expect(throws: ValueError.self) { try OptionRow.miimon.parse(text) }
    }

    @Test(arguments: [
        ("2", 200), ("2s", 200), ("2.5", 250), ("4.05", 405), ("29.999", 2999), ("200cs", 200), ("3000cs", 3000), ("30", 3000),
    ])
    func `a bridge's times are seconds`(_ text: String, _ expected: Int64) throws {
        #expect(try OptionRow.forwardDelay.parse(text) == .number(expected))
    }

    @Test func `a time that is right in hundredths of a second is refused with that hint`() {
        let error = #expect(throws: ValueError.self) { try OptionRow.forwardDelay.parse("1500") }
        #expect(error?.fix?.contains("1500cs") == true)
        let hopeless = #expect(throws: ValueError.self) { try OptionRow.forwardDelay.parse("99999") }
        #expect(hopeless?.fix?.contains("cs") == false)
        for text in ["015", "1.", ".5", "2.x", "2ms", "-2", "2cs s", "cs", "s"] {
            #expect(throws: ValueError.self) { try OptionRow.forwardDelay.parse(text) }
        }
    }

    @Test func `a mode is a name in either case, or a number`() throws {
        for mode in BondMode.allCases {
            #expect(try OptionRow.mode.parse(mode.name) == .number(mode.rawValue))
            #expect(try OptionRow.mode.parse(String(mode.rawValue)) == .number(mode.rawValue))
            #expect(try OptionRow.mode.parse(mode.name.uppercased()) == .number(mode.rawValue))
            #expect(OptionRow.mode.text(of: .number(mode.rawValue)) == mode.name)
        }
        for text in ["7", "04", "lacp"] { #expect(throws: ValueError.self) { try OptionRow.mode.parse(text) } }
    }

    @Test func `a list of addresses takes IPv4 only, each once, and not too many`() throws {
        let row = try #require(OptionRow.named("arp_ip_target", in: .bond))
        #expect(try row.parse("192.0.2.1,192.0.2.2") == row.parse(list: ["192.0.2.1", "192.0.2.2"]))
        #expect(throws: ValueError.self) { try row.parse(list: ["192.0.2.1", "192.0.2.1"]) }
        #expect(throws: ValueError.self) { try row.parse(list: ["::1"]) }
        #expect(throws: ValueError.self) { try row.parse(list: (1...17).map { "192.0.2.\($0)" }) }
        #expect(throws: ValueError.self) { try OptionRow.miimon.parse(list: ["1"]) }
    }

    @Test func `a map is written as ip writes it, and takes its ranges`() throws {
        let two = OptionValue.priorities([PriorityMapping(from: 0, to: 1), PriorityMapping(from: 3, to: 5)])
        for text in ["0:1 3:5", "3:5,0:1", "0:1 3:5 4:0"] { #expect(try OptionRow.ingressMap.parse(text) == two) }
        #expect(try OptionRow.ingressMap.parse(list: ["0:1", "3:5"]) == two)
        for text in ["8:1", "0:1 0:2", "0", "0:1:2", "a:1", "0:-1", "00:1"] { #expect(throws: ValueError.self) { try OptionRow.ingressMap.parse(text) } }
        for text in ["0:8", "4294967296:1"] { #expect(throws: ValueError.self) { try OptionRow.egressMap.parse(text) } }
    }

    @Test func `what a change does not name of a map stays, and what it maps to 0 goes`() {
        var options = OptionValues()
        options[.ingressMap] = .priorities([PriorityMapping(from: 1, to: 2)])
        var change = OptionValues()
        change[.ingressMap] = .priorities([PriorityMapping(from: 1, to: 0), PriorityMapping(from: 3, to: 4)])
        options.take(change)
        #expect(options[.ingressMap] == .priorities([PriorityMapping(from: 3, to: 4)]))
    }

    @Test(arguments: ["01:80:c2:00:00:01", "01:80:c2:00:00:03", "01:80:c2:00:00:10", "02:00:00:00:00:01", "01:80:c2"])
    func `a bridge's group is one of those that are free for it`(_ text: String) throws {
        let row = try #require(OptionRow.named("group_address", in: .bridge))
        #expect(throws: ValueError.self) { try row.parse(text) }
    }

    @Test func `a mask is a number or hexadecimal, without the bits that the kernel refuses`() throws {
        let row = try #require(OptionRow.named("group_fwd_mask", in: .bridge))
        #expect(try row.parse("0x4008") == .number(0x4008))
        for text in ["1", "7", "0x10004", "0xg", "0x", "0x-8", "-8"] { #expect(throws: ValueError.self) { try row.parse(text) } }
    }

    @Test func `a port's rank may be below 0`() throws {
        let row = try #require(OptionRow.named("prio", in: .bondPort))
        #expect(try row.parse("-5") == .number(-5))
        #expect(throws: ValueError.self) { try row.parse("--5") }
        #expect(throws: ValueError.self) { try row.parse("-2147483649") }
    }

    @Test(arguments: [("arp_ip_target", "255.255.255.255"), ("arp_ip_target", "0.0.0.0"), ("ns_ip6_target", "ff02::1"), ("ns_ip6_target", "::")])
    func `nobody can be asked at an address of many`(_ name: String, _ text: String) throws {
        let row = try #require(OptionRow.named(name, in: .bond))
        #expect(throws: ValueError.self) { try row.parse(text) }
    }

    @Test func `a link's options are kept in the table's order, whatever order they came in`() throws {
        var forward = OptionValues()
        var backward = OptionValues()
        for row in OptionRow.bond { forward[row] = try Self.samples(of: row)[0] }
        for row in OptionRow.bond.reversed() { backward[row] = try Self.samples(of: row)[0] }
        #expect(forward == backward)
        #expect(forward.entries.map(\.id) == OptionRow.bond.map(\.id).sorted())
        forward[.miimon] = nil
        #expect(forward[.miimon] == nil)
        #expect(forward.number(.mode) == 0)
        #expect(forward.entries.count == OptionRow.bond.count - 1)
    }
}
