/// A program that reads `/etc/sysconfig/network-scripts`.
public enum ScriptReader: String, Hashable, Sendable, CaseIterable {
    /// The shell scripts of the initscripts package (RHEL and CentOS 6 to 8). They *source* the files.
    case initscripts
    /// NetworkManager's ifcfg-rh plugin (RHEL 7 to 9).
    case networkManager

    /// The program's name in messages.
    public var displayName: String { self == .initscripts ? "initscripts" : "NetworkManager" }
}

/// Whom `ifcfg` files are for.
public enum ScriptDialect: String, Hashable, Sendable, CaseIterable {
    /// Files that both readers understand alike; what has no such spelling is refused.
    case both
    /// Files for initscripts alone.
    case initscripts
    /// Files for NetworkManager alone.
    case networkManager = "networkmanager"

    /// The readers that are to understand the files.
    public var readers: [ScriptReader] {
        switch self {
        case .both: ScriptReader.allCases
        case .initscripts: [.initscripts]
        case .networkManager: [.networkManager]
        }
    }
}
