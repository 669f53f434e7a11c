internal import ArgumentParser
internal import Change
internal import Glibc
internal import HostNetwork
internal import Netlink
internal import Topology

/// `weft vm watch`
struct VMWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Put taps on their VLANs as they enter a bridge; runs until it is ended.",
        discussion: """
            For interfaces that are plugged into a running domain, or moved by `virsh`: of those libvirt tells no hook. The kernel \
            tells of each link that enters a bridge; a tap that the topology's domains name, by target or MAC, gets the VLANs and \
            port options that the file says, unless somebody has set its VLANs already. libvirt is not asked.

            weft-watch.service runs it. The file is read again when it has changed.
            """)

    @Argument(help: "The topology file; otherwise /etc/weft/topology.yaml.", completion: .file())
    var file: String?

    @OptionGroup var namespace: NamespaceOptions

    func validate() throws {
        if file == nil, namespace.netns != nil { throw ValidationError("What is installed is for the host's own network: name a file for a namespace.") }
    }

    func run() throws {
        try Namespace.requirePrivilege(.plain)
        Terminal.outliveReaders()
        Terminal.answerSignals()
        var watch = TapWatch(path: file, namespace: namespace.namespace)
        do { try watch.run() } catch { throw Failure.exit(.plain, error) }
    }
}

/// Taps as they enter bridges, and what the topology wants of them there.
private struct TapWatch {
    private let path: String
    /// Whether only root may be able to write the file, as where nobody names it.
    private let isInstalled: Bool
    private let namespace: NetworkNamespace
    /// Where each port is, by its index: only one that comes in anew is looked at.
    private var masters: [Int32: Int32] = [:]
    private var wanted: [WantedDomain] = []
    private var version: FileVersion?
    private var isOwed = true

    init(path: String?, namespace: NetworkNamespace) {
        self.path = path ?? InstalledTopology().path
        isInstalled = path == nil
        self.namespace = namespace
    }

    mutating func run() throws(NetlinkError) -> Never {
        var monitor = try LinkMonitor.open(in: namespace)
        var kernel = try KernelConnection.open(in: namespace)
        Terminal.write("Watching \(path).\n")
        while true {
            readFile()
            if isOwed { try serve(&kernel) }
            do throws(NetlinkError) {
                // While somebody else changes the host, or the file may change, it looks up now and then.
                for event in try monitor.events(waiting: isOwed ? 200 : 5000) { note(event) }
            } catch {
                // So much has happened that the kernel has dropped some of it.
                monitor = try LinkMonitor.open(in: namespace)
                isOwed = true
            }
        }
    }

    private mutating func note(_ event: LinkMonitor.Event) {
        let before = masters[event.index]
        masters[event.index] = event.isDeleted ? nil : event.master
        if !event.isDeleted, let master = event.master, master != before { isOwed = true }
    }

    private mutating func serve(_ kernel: inout KernelConnection) throws(NetlinkError) {
        guard !wanted.isEmpty else { return isOwed = false }
        // A change that is under way looks after the domains that it moves; what is still bare afterwards is nobody's.
        if let directory = StateDirectory.existing(cookie: kernel.namespaceCookie), (try? HostLock.holder(in: directory)) != nil { return }
        isOwed = false
        let network = try kernel.snapshot(vlanTables: true)
        let ports = network.tapPorts(of: wanted, host: Host.name)
        let result = try TapPorts.set(ports, on: &kernel, onlyNew: true)
        for port in ports where result.changed.contains(port.tap) {
            Terminal.write("\(port.domain): \(port.tap) on \(port.bridge)\(port.settings.vlans.map { ": VLANs \($0.display)" } ?? "")\n")
        }
        for problem in result.problems { Terminal.complain("weft: \(problem)") }
    }

    // MARK: The file

    private struct FileVersion: Equatable {
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    /// Reads the file where it is another than before. One with mistakes changes nothing, and is told once.
    private mutating func readFile() {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if version != nil { Terminal.write("\(path) is gone; what it said holds on.\n") }
            return version = nil
        }
        let found = FileVersion(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        guard found != version else { return }
        version = found
        if isInstalled, let problem = InstalledTopology().problem { return Terminal.complain("weft: \(problem): it is not used") }
        do {
            let topology = try Topology.parse(bytes: TextFile.read(path), file: path)
            guard Host.isMeant(by: topology) else { return Terminal.complain("weft: \(path) is for the host \(topology.host ?? "")") }
            wanted = topology.domains
            isOwed = true
        } catch {
            Terminal.complain("weft: \(path) cannot be used: run `weft check \(path)`")
        }
    }
}
