import Change
import DomainService
import Foundation
import HostNetwork
import Netlink
import Planner
import Testing

/// A libvirtd of the tests' own, in a network namespace of its own, with qemu domains that boot nothing: started once for all.
///
/// `virsh` and `ip` prepare and judge. A program that links libvirt takes two seconds to start in User Mode Linux, so their
/// commands go down in one line.
final class DomainLab: Sendable {
    /// The namespace with the bridges.
    let lab: Lab
    /// libvirt's name of the connection.
    let uri: String
    private let directory: String
    private let process: Process
    private let input: FileHandle
    private let output: FileHandle

    /// The one lab, started when it is first asked for; it ends with the tests.
    static let shared = Result { try DomainLab("") }

    /// Another host's, to migrate to: libvirt refuses a host of the same name.
    static let other = Result { try DomainLab("-other") }

    private init(_ suffix: String) throws {
        for feature in KernelFeature.allCases { try KernelFeature.load(feature) }
        lab = Lab(name: "weft-libvirt\(suffix)-\(getpid())")
        try Lab.run(["ip", "netns", "add", lab.name])
        directory = "/tmp/weft-libvirt\(suffix)-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        uri = "qemu:///system?socket=\(directory)/run/libvirt-sock"
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let script = URL(filePath: #filePath).appending(path: "../../../scripts/lib/private-libvirtd").standardized.path()
        let host = suffix.isEmpty ? [] : ["unshare", "--uts", "sh", "-c", "hostname \"weft$0\"; exec \"$@\"", suffix]
        process.arguments = ["ip", "netns", "exec", lab.name] + host + [script, directory]
        let feed = Pipe()
        let answers = Pipe()
        process.standardInput = feed
        process.standardOutput = answers
        try process.run()
        input = feed.fileHandleForWriting
        output = answers.fileHandleForReading
        guard try line() == "ready" else { throw Lab.Failure(description: "libvirtd does not start") }
    }

    /// libvirt's directory of hooks.
    var hooks: String { directory + "/_etc_libvirt/hooks" }

    /// What is /etc/weft/topology.yaml for libvirt's hook.
    var installedTopology: String { directory + "/_etc_weft/topology.yaml" }

    /// Asks the script that minds libvirtd for something: `kill`, `start`, `pause`, `continue`.
    func daemon(_ command: String) throws {
        input.write(Data("\(command)\n".utf8))
        _ = try line()
    }

    private func line() throws -> String {
        var text = ""
        while let byte = try output.read(upToCount: 1), byte != Data("\n".utf8) { text += String(decoding: byte, as: UTF8.self) }
        return text
    }

    /// Runs a test with fresh bridges, and takes away every domain and every bridge afterwards.
    static func with(bridges: [String], _ test: (DomainLab) async throws -> Void) async throws {
        let lab = try shared.get()
        try lab.lab.ip(bridges.map { "link add \($0) type bridge\nlink set \($0) up" }.joined(separator: "\n"))
        let result: Result<Void, any Error>
        do {
            try await test(lab)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try lab.clear()
        try result.get()
    }

    /// Takes away every domain and every bridge.
    func clear() throws {
        var session = try DomainSession.open(uri, isReadOnly: true)
        let domains = try session.snapshot().domains
        let commands = domains.flatMap { domain in
            (domain.isActive ? ["destroy \(domain.uuid)"] : []) + (domain.isPersistent ? ["undefine \(domain.uuid)"] : [])
        }
        if !commands.isEmpty { try virsh(commands) }
        let links = try lab.links().filter { name, link in
            ["bridge", "dummy", "bond"].contains((link["linkinfo"] as? [String: Any])?["info_kind"] as? String ?? "")
        }
        try lab.ip(links.keys.map { "link del \($0)" }.joined(separator: "\n"))
    }

    /// Runs commands of `virsh`, one after the other.
    @discardableResult
    func virsh(_ commands: [String]) throws -> String {
        try Lab.run(["virsh", "-q", "-c", uri, commands.joined(separator: "; ")])
    }

    /// An interface of a domain as a test writes it. `usb-net` is given up without any guest's consent, `virtio` is not.
    struct Interface {
        var mac: String
        var bridge: String
        var model = "virtio"
        var source: String?
        /// The port of the USB controller, of a `usb-net`.
        var port = 1

        var xml: String {
            let address = model == "usb-net" ? "<address type='usb' bus='0' port='\(port)'/>" : "<rom enabled='no'/>"
            return "<interface type='\(source == nil ? "bridge" : "network")'><mac address='\(mac)'/><source \(source ?? "bridge='\(bridge)'")/><model type='\(model)'/>\(address)</interface>"
        }
    }

    /// What a new domain is to be.
    enum State {
        case running, paused, stopped, transient
    }

    /// Makes domains that boot nothing, each with its interfaces. Names are XML already.
    func make(_ domains: [(name: String, state: State, interfaces: [Interface])]) throws {
        var commands: [String] = []
        for (place, domain) in domains.enumerated() {
            let file = "\(directory)/domain-\(place).xml"
            let uuid = String(format: "00000000-0000-4000-8000-%012x", place + 1)
            try Self.xml(domain.name, uuid, domain.interfaces).write(toFile: file, atomically: false, encoding: .utf8)
            switch domain.state {
            case .running: commands += ["define \(file)", "start \(uuid)"]
            case .paused: commands += ["define \(file)", "start \(uuid) --paused"]
            case .stopped: commands += ["define \(file)"]
            case .transient: commands += ["create \(file) --paused"]
            }
        }
        try virsh(commands)
    }

    /// Without the `qemu:del`, libvirt asks qemu 398 questions about the processor, each some 30 ms here.
    private static func xml(_ name: String, _ uuid: String, _ interfaces: [Interface]) -> String {
        """
        <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>\(name)</name><uuid>\(uuid)</uuid>
        <memory unit='MiB'>16</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
        <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='qemu-xhci'/><memballoon model='none'/>
        \(interfaces.map(\.xml).joined())
        </devices><qemu:capabilities><qemu:del capability='cpu-unavailable-features'/></qemu:capabilities></domain>
        """
    }

    // MARK: Changing by the module

    /// Plans and carries out what is asked of domains, as a change of its own.
    func carryOut(_ request: DomainRequest) throws -> (DomainPlan, DomainTransaction.Ending) {
        let session = try DomainSession.open(uri, isReadOnly: false)
        let plan = Planner.plan(request)
        let kernel = try lab.connect()
        let directory = try StateDirectory.open(cookie: kernel.namespaceCookie)
        let lock = try HostLock.take(in: directory, as: .thisProcess(), waiting: 60)
        defer { lock.keep() }
        let ending = try DomainTransaction(of: plan, on: request.network).carryOut(
            DomainChange(request: request, plan: plan, session: session), on: kernel, directory: directory, by: .thisProcess())
        return (plan, ending)
    }

    /// A weft that stops itself before an action on a domain, to be killed there, or to go on later.
    func weft(_ words: [String], stoppingBefore action: Int, input: String = "") throws -> StoppedProgram {
        try StoppedProgram(
            words + ["--netns", lab.name, "--connect", uri], environment: ["WEFT_TEST_STOP_BEFORE_DOMAIN_ACTION": "\(action)"], input: input)
    }

    // MARK: What weft reads

    /// The domains, as weft reads them.
    func snapshot() throws -> DomainSnapshot {
        var session = try DomainSession.open(uri, isReadOnly: true)
        return try session.snapshot()
    }

    /// The host's links, as weft reads them.
    func network() throws -> HostNetwork {
        var kernel = try lab.connect()
        return try kernel.snapshot()
    }

    /// A tap's bridge, as `ip` tells it.
    func master(of tap: String?) throws -> String? { try lab.links()[try #require(tap)]?["master"] as? String }
}

extension DomainTransaction.Ending {
    /// Whether all was done.
    var isWhole: Bool {
        if case .done = outcome { left.isEmpty } else { false }
    }
}

/// A weft that has stopped itself in the middle.
final class StoppedProgram {
    private let process = Process()
    private let output = Pipe()
    private let complaints = Pipe()

    /// One that runs on its own.
    static func running(_ words: [String], environment: [String: String] = [:]) throws -> StoppedProgram {
        try StoppedProgram(words, environment: environment, input: "", stops: false)
    }

    init(_ words: [String], environment: [String: String], input: String, stops: Bool = true) throws {
        process.executableURL = URL(filePath: `The commands on a real kernel`.program)
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let feed = Pipe()
        process.standardInput = feed
        process.standardOutput = output
        process.standardError = complaints
        try process.run()
        feed.fileHandleForWriting.write(Data(input.utf8))
        try feed.fileHandleForWriting.close()
        guard stops else { return }
        for _ in 0..<1200 {
            if isStopped { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        process.terminate()
        throw Lab.Failure(description: "weft \(words) has not stopped")
    }

    private var isStopped: Bool { Self.status(of: process.processIdentifier)?.hasPrefix(" T") == true }

    /// What the kernel tells of a process behind its name: its state, and its parent.
    private static func status(of process: pid_t) -> Substring? {
        (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.split(separator: ")").last
    }

    /// Waits until a program that it has started has stopped itself.
    func waitForStoppedChild() throws -> pid_t {
        for _ in 0..<1200 {
            let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
            if let child = processes.first(where: { Self.status(of: $0)?.hasPrefix(" T \(process.processIdentifier) ") == true }) { return child }
            Thread.sleep(forTimeInterval: 0.1)
        }
        process.terminate()
        throw Lab.Failure(description: "no helper has stopped")
    }

    /// Sends a signal.
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Kills it where it is.
    func end() {
        signal(SIGKILL)
        process.waitUntilExit()
    }

    /// Lets it go on, and waits for its end.
    func goOn() -> `The commands on a real kernel`.Run {
        signal(SIGCONT)
        return wait()
    }

    /// Waits for its end.
    func wait() -> `The commands on a real kernel`.Run {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errors = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return .init(status: process.terminationStatus, output: text, errors: errors)
    }
}
