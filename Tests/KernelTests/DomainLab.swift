import DomainService
import Foundation
import HostNetwork
import Netlink
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
