internal import Glibc
public import HostNetwork

/// A part of the kernel that a topology may need, built in or as a module.
public enum KernelFeature: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The bonding driver (`CONFIG_BONDING`, module `bonding`).
    case bonding
    /// 802.1Q and 802.1ad VLANs (`CONFIG_VLAN_8021Q`, module `8021q`).
    case vlan = "8021q"
    /// The bridge (`CONFIG_BRIDGE`, module `bridge`).
    case bridge

    /// Whether a feature is there.
    public enum State: Hashable, Sendable {
        /// It works now.
        case available
        /// Its module is on disk, and ``KernelFeature/load(_:)`` loads it.
        case loadable
        /// It is nowhere to be found. The reason is a sentence without the final point.
        case missing(reason: String)
    }

    /// The feature that a kind of link needs; `nil` for links that weft does not make.
    public init?(for kind: LinkKind) {
        switch kind {
        case .bond: self = .bonding
        case .vlan: self = .vlan
        case .bridge: self = .bridge
        case .nic, .loopback, .other: return nil
        }
    }

    /// The module's name, as `modprobe` takes it.
    public var moduleName: String { rawValue }

    /// The name in the kernel's configuration.
    public var configurationName: String {
        switch self {
        case .bonding: "CONFIG_BONDING"
        case .vlan: "CONFIG_VLAN_8021Q"
        case .bridge: "CONFIG_BRIDGE"
        }
    }

    /// The feature in words.
    public var displayName: String {
        switch self {
        case .bonding: "bonding driver"
        case .vlan: "802.1Q VLAN support"
        case .bridge: "bridge support"
        }
    }

    /// The kind of link that shows that the feature works.
    public var linkKind: LinkKind {
        switch self {
        case .bonding: .bond
        case .vlan: .vlan
        case .bridge: .bridge
        }
    }

    public static func < (left: KernelFeature, right: KernelFeature) -> Bool { left.rawValue < right.rawValue }

    /// Finds out whether a feature is there, and loads nothing.
    /// - Parameter network: a snapshot, if there is one: a link of the feature's kind says it all.
    public static func state(of feature: KernelFeature, in network: HostNetwork? = nil) -> State {
        if let network, network.links.values.contains(where: { $0.kind == feature.linkKind }) { return .available }
        if feature.isRunning { return .available }
        let dryRun = modprobe(["--dry-run", "--quiet", feature.moduleName])
        if dryRun?.status == 0 { return .loadable }
        // Kernels without a directory of modules say it in other ways.
        if feature.isConfiguredIn || feature.hasSymbol { return .available }
        return .missing(reason: "this kernel has no \(feature.displayName) (\(feature.configurationName))")
    }

    /// Loads a feature's module, unless the feature is there.
    ///
    /// To be called before the first bond is made: when the kernel loads the module by itself, a `bond0` appears with it.
    /// - Throws: ``NetlinkError`` that says what is missing, and in which words `modprobe` failed.
    public static func load(_ feature: KernelFeature) throws(NetlinkError) {
        if feature.isRunning { return }
        let attempted = "load the \(feature.displayName)"
        let missing = "this kernel has no \(feature.displayName) (\(feature.configurationName))"
        guard let result = modprobe([feature.moduleName] + (feature == .bonding ? ["max_bonds=0"] : [])) else {
            if feature.isConfiguredIn || feature.hasSymbol { return }
            throw NetlinkError(attempted, .unavailable, .notSupported, detail: "\(missing), and there is no modprobe to load it with")
        }
        guard result.status == 0 else {
            if feature.isConfiguredIn || feature.hasSymbol { return }
            // A module that is there, but which this user or this system may not load, is another matter.
            let isThere = modprobe(["--dry-run", "--quiet", feature.moduleName])?.status == 0
            let words = result.errors.split(separator: "\n").joined(separator: "; ")
            throw NetlinkError(
                attempted, .unavailable, .notSupported,
                detail:
                    "\(isThere ? "" : missing + "; ")`modprobe \(feature.moduleName)` failed: \(words.isEmpty ? "status \(result.status)" : words)"
            )
        }
        // A line such as `install bonding /bin/true` in modprobe's configuration answers success and loads nothing.
        guard feature.isRunning else {
            throw NetlinkError(
                attempted, .unavailable, .notSupported,
                detail: "`modprobe \(feature.moduleName)` answered success but loaded nothing; /etc/modprobe.d may forbid it")
        }
    }

    /// The modules that are loaded and that a rehearsal may have loaded: those of all features, and that of its stand-ins.
    public static var loadedModules: Set<String> {
        Set((allCases.map(\.moduleName) + ["veth"]).filter { SystemFiles.exists("/sys/module/\($0)/refcnt") })
    }

    /// Unloads modules again, with those that came along, once nothing uses them.
    ///
    /// A network namespace that is given up goes a moment later, and its links with it: so this waits some seconds at most.
    /// - Parameter modules: names out of ``loadedModules``.
    /// - Returns: those that are still loaded.
    public static func unload(_ modules: Set<String>) -> Set<String> {
        var left = modules
        for attempt in 0..<20 where !left.isEmpty {
            if attempt > 0 { usleep(200_000) }
            for module in left.sorted() { _ = modprobe(["--remove", "--quiet", module]) }
            left = left.filter { SystemFiles.exists("/sys/module/\($0)") }
        }
        return left
    }

    // MARK: How one tells

    /// Whether the feature works now: as a module that is loaded, or built in.
    private var isRunning: Bool {
        SystemFiles.exists("/sys/module/\(moduleName)") || procDirectory.map(SystemFiles.exists) == true || isBuiltIn
    }

    /// What the driver shows in /proc, in the program's own namespace.
    private var procDirectory: String? {
        switch self {
        case .bonding: "/proc/net/bonding"
        case .vlan: "/proc/net/vlan"
        case .bridge: nil
        }
    }

    /// Whether the running kernel's list of built-in modules names it.
    private var isBuiltIn: Bool {
        guard let version = try? KernelVersion.running(),
            let list = SystemFiles.text(of: "/lib/modules/\(version.release)/modules.builtin")
        else { return false }
        return SystemFiles.text(list + "\n", holds: "/\(moduleName).ko\n")
    }

    /// Whether the configuration that the kernel carries along (`CONFIG_IKCONFIG_PROC`) has it built in.
    private var isConfiguredIn: Bool {
        let packed = "/proc/config.gz"
        guard SystemFiles.exists(packed) else { return false }
        let unpacked =
            HelperProgram(path: "/usr/bin/gzip", arguments: ["-dc", packed]).run()
            ?? HelperProgram(path: "/bin/gzip", arguments: ["-dc", packed]).run()
        return unpacked.map { SystemFiles.text("\n" + $0.output, holds: "\n\(configurationName)=y\n") } ?? false
    }

    /// Whether the kernel's symbols hold the driver's. Names are told even where addresses are hidden.
    private var hasSymbol: Bool {
        let symbol =
            switch self {
            case .bonding: "bond_setup"
            case .vlan: "vlan_setup"
            case .bridge: "br_dev_setup"
            }
        // A hundred thousand lines, of an address, a letter and a name, and perhaps a tab and a module.
        guard let symbols = SystemFiles.text(of: "/proc/kallsyms") else { return false }
        return ["\n", "\t"].contains { SystemFiles.text(symbols, holds: " \(symbol)\($0)") }
    }

    /// Runs the program that the kernel itself loads modules with.
    private static func modprobe(_ arguments: [String]) -> HelperProgram.Result? {
        let told = SystemFiles.text(of: "/proc/sys/kernel/modprobe").map { String($0.prefix { $0 != "\n" }) } ?? ""
        for path in [told, "/usr/sbin/modprobe", "/sbin/modprobe"] where !path.isEmpty {
            if let result = HelperProgram(path: path, arguments: arguments).run(), result.status != 127 { return result }
        }
        return nil
    }
}
