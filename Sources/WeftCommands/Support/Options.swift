internal import ArgumentParser
internal import HostNetwork
internal import Netlink
internal import Planner

/// Which network namespace is meant.
struct NamespaceOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Work in this network namespace, made by `ip netns add`, instead of the host's.", valueName: "name"), completion: .shellCommand("ls /run/netns 2>/dev/null"))
    var netns: String?

    var namespace: NetworkNamespace { netns.map { NetworkNamespace(named: $0) } ?? .current }
}

/// How output looks.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON, for programs.")
    var json = false

    @Option(name: .long, help: "Colour: auto, always or never. auto means on a terminal, unless NO_COLOR is set.")
    var color: ColorChoice = .auto
}

/// When output has colour.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

/// Whether the phases' times are told.
struct TimingOptions: ParsableArguments {
    @Flag(help: "Tell how long each phase took, and what was sent: on standard error, or in the JSON document.")
    var timing = false
}

/// The leave a change is given.
struct LeaveOptions: ParsableArguments {
    @Flag(
        name: .long,
        help: "Go on although addresses lose their link, or ports that weft did not make lose their bridge.")
    var allowOutage = false

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp(
            "Let this foreign link be deleted along with one of weft's that it lies on. May be repeated.", valueName: "name"))
    var takeAlong: [String] = []

    @Flag(
        name: .long,
        help: ArgumentHelp(
            "Delete links and make them anew where they cannot change in place: any, or with --allow-recreate NAME that one and what lies on it."))
    var allowRecreate = false

    @Option(name: .customLong(OptionalValue.optionWithValue), parsing: .singleValue, help: .hidden)
    var allowRecreateLink: [String] = []

    @Flag(name: .long, help: "Change links that NetworkManager, networkd, wicked or a DHCP client looks after, and move leased addresses.")
    var ignoreManager = false

    @Flag(name: .long, help: "Go on although the SSH session that this is typed on may be cut off: there is another way to the host.")
    var iHaveConsole = false

    /// Writes the leave into a request.
    func give(to request: inout PlanRequest) throws {
        request.allowsOutage = allowOutage
        request.takeAlong = try Self.names(takeAlong, "--take-along")
        request.mayRecreate = allowRecreate ? .all : .only(try Self.names(allowRecreateLink, "--allow-recreate"))
        request.ignoresManagers = ignoreManager
        request.hasConsole = iHaveConsole
    }

    private static func names(_ texts: [String], _ option: String) throws -> Set<LinkName> {
        Set(
            try texts.map { text in
                do { return try LinkName(text) } catch { throw ValidationError("\(option): \(error)") }
            })
    }
}

/// How fast links are deleted.
struct ExpediteOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Hurry the kernel's RCU on the whole machine meanwhile (/sys/kernel/rcu_expedited): deleting links is some ten times as fast."))
    var expedite = false
}

/// How a change is confirmed.
struct ConfirmOptions: ParsableArguments {
    @Flag(name: [.long, .short], help: "Do not ask.")
    var yes = false

    @Flag(name: .long, help: "Show the plan and change nothing.")
    var dryRun = false
}
