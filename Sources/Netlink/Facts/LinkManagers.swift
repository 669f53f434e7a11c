internal import Glibc
public import HostNetwork

/// Other programs that look after links: NetworkManager, systemd-networkd, wicked, DHCP clients.
public enum LinkManagers {
    /// Finds who looks after which link of a namespace.
    ///
    /// NetworkManager, networkd and wicked keep what they hold in `/run`, by the indexes and names of the namespace that the
    /// system booted with; DHCP clients are processes, and each counts in the namespace that it runs in.
    /// - Parameters:
    ///   - network: the namespace's network, as it was read.
    ///   - root: the directory that stands for `/`, for tests.
    public static func find(in network: HostNetwork, of namespace: NetworkNamespace, root: String = "") -> [LinkName: [LinkManager]] {
        var managers: [LinkName: [LinkManager]] = [:]
        let own = inode(of: namespace.path ?? "")
        let system = inode(of: "\(root)/proc/1/ns/net")
        if !root.isEmpty || system == nil || own == system {
            // Each keeps a directory where it runs, so that hosts without it need not be asked for every link.
            let askers = [(networkdLinks, networkd), (networkManagerDevices, networkManager), (wickedState, wicked)].filter { directory, _ in
                SystemFiles.exists(root + directory)
            }
            for link in network.links.values where !askers.isEmpty && link.kind != .loopback {
                let found = askers.compactMap { _, ask in ask(link, root) }
                if !found.isEmpty { managers[link.name] = found }
            }
        }
        for (name, client) in clients(network, own, root) { managers[name, default: []].append(client) }
        return managers
    }

    private static let networkdLinks = "/run/systemd/netif/links"
    private static let networkManagerDevices = "/run/NetworkManager/devices"
    private static let wickedState = "/run/wicked"

    private static func networkd(_ link: Link, _ root: String) -> LinkManager? {
        guard let index = link.index else { return nil }
        let file = "\(networkdLinks)/\(index)"
        guard let state = value(of: "ADMIN_STATE", in: root + file), state != "unmanaged" else { return nil }
        return LinkManager(name: "systemd-networkd", evidence: "\(file) says \(state)", remedy: "set Unmanaged=yes for \(link.name) in a .network file")
    }

    private static func networkManager(_ link: Link, _ root: String) -> LinkManager? {
        guard let index = link.index else { return nil }
        let file = "\(networkManagerDevices)/\(index)"
        guard let managed = value(of: "managed", in: root + file), managed == "true" || managed == "1" || managed == "managed" else { return nil }
        // Of links that others make it only keeps a record, without a profile.
        if link.isOwned, value(of: "connection-uuid", in: root + file) == nil { return nil }
        return LinkManager(name: "NetworkManager", evidence: "\(file) says managed", remedy: "`nmcli device set \(link.name) managed no`")
    }

    private static func wicked(_ link: Link, _ root: String) -> LinkManager? {
        let files = ["\(wickedState)/leaseinfo.\(link.name).dhcp.ipv4", "\(wickedState)/leaseinfo.\(link.name).dhcp.ipv6", "/etc/sysconfig/network/ifcfg-\(link.name)"]
        guard let file = files.first(where: { SystemFiles.exists(root + $0) }) else { return nil }
        return LinkManager(name: "wicked", evidence: "\(file) is there", remedy: "`wicked ifdown \(link.name)`, and move its ifcfg file away")
    }

    /// The value of `KEY=value` in a small file; `nil` where there is no such file or key.
    private static func value(of key: String, in path: String) -> String? {
        guard let text = SystemFiles.text(of: path) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(key)=") }
        return line.map { String($0.dropFirst(key.utf8.count + 1)) }
    }

    // MARK: DHCP clients

    private static let clientNames: Set<String> = ["dhclient", "udhcpc", "udhcpc6", "dhcpcd", "dhcp6c"]

    private static func clients(_ network: HostNetwork, _ namespace: UInt64?, _ root: String) -> [(LinkName, LinkManager)] {
        var found: [(LinkName, LinkManager)] = []
        for process in processes(root) {
            guard let line = SystemFiles.text(of: "\(root)/proc/\(process)/cmdline") else { continue }
            let words = line.split(separator: "\0").map { String($0) }
            guard let program = words.first?.split(separator: "/").last.map({ String($0) }), clientNames.contains(where: { program == $0 || program.hasPrefix("\($0):") })
            else { continue }
            if root.isEmpty, let theirs = inode(of: "/proc/\(process)/ns/net"), theirs != namespace { continue }
            let named = words.dropFirst().compactMap { word in network.links.keys.first { $0.text == word || word == "-i\($0)" } }
            // Without a name it looks after all of them that have a lease.
            let links = named.isEmpty ? network.links.values.filter { ($0.addresses ?? []).contains { $0.isDynamic && !$0.isKernelMade } }.map(\.name) : named
            let name = String(program.prefix { $0 != ":" })
            for link in links.sorted() {
                found.append((link, LinkManager(name: name, evidence: "process \(process)", remedy: "stop \(name) for \(link)")))
            }
        }
        return found
    }

    private static func processes(_ root: String) -> [Int] {
        guard let directory = unsafe opendir("\(root)/proc") else { return [] }
        defer { unsafe closedir(directory) }
        var found: [Int] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if let number = Int(name) { found.append(number) }
        }
        return found.sorted()
    }

    /// What tells namespaces apart: the number of the file that stands for them.
    private static func inode(of path: String) -> UInt64? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }
}
