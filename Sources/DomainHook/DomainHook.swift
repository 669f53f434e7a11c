internal import Change
internal import DomainXML
internal import Glibc
internal import HostNetwork
internal import Netlink
internal import Topology

/// The program `weft-hook`: what libvirt's `qemu` hook runs, so that a guest's taps are on their VLANs before it sends a frame.
///
/// libvirt waits for it in the middle of a start, and takes a failure for a reason not to start. So it ends well whatever happens,
/// and the script that runs it ends it after two seconds, whatever it hangs in; and it asks libvirt nothing, which would wait for it
/// in turn. What it has done, or could not do, goes to the system's log.
public enum DomainHook {
    /// Does what libvirt's arguments ask for, and ends the program.
    /// - Parameter arguments: the domain's name, the operation, the sub-operation and one more, as libvirt gives them.
    public static func run(_ arguments: [String]) -> Never {
        guard arguments.count >= 2, let moment = Moment(operation: arguments[1]) else { exit(0) }
        let domain = arguments[0]
        do {
            guard let wanted = try wantedDomain(domain) else { exit(0) }
            let devices = try DomainXML.devices(inDomain: input())
            let running = Domain(
                name: domain, uuid: "", state: .running, isPersistent: false, isActive: true,
                interfaces: devices.map { DomainInterface(live: $0, stored: nil) })
            let ports = DomainSnapshot(uri: "", host: HostName.current, domains: [running]).tapPorts(of: [wanted])
            guard !ports.isEmpty else { exit(0) }
            tell(try serve(ports, moment), domain)
        } catch let error as NetlinkError {
            tell(error.description, domain)
        } catch let error as DomainXMLError {
            tell(error.message, domain)
        } catch let error as ChangeError {
            tell(error.description, domain)
        } catch let error as Unusable {
            tell(error.message, domain)
        } catch {
            tell("\(error)", domain)
        }
        exit(0)
    }

    /// What libvirt is about to do, as far as taps are there by then.
    private enum Moment {
        /// The taps have been made, and qemu is started next: also of a domain that is migrated in, or restored.
        case start
        /// libvirt has been started anew, and has found the domain running.
        case reconnect

        init?(operation: String) {
            switch operation {
            case "start": self = .start
            case "reconnect", "attach": self = .reconnect
            default: return nil
            }
        }
    }

    private struct Unusable: Error {
        let message: String
    }

    /// What the installed topology wants of the domain; `nil` where there is none, or it wants nothing of its taps.
    private static func wantedDomain(_ name: String) throws -> WantedDomain? {
        let installed = InstalledTopology()
        if let problem = installed.problem { throw Unusable(message: "\(problem): it is not used") }
        guard let bytes = contents(of: installed.path) else { return nil }
        let topology: Topology
        do { topology = try Topology.parse(bytes: bytes, file: installed.path) } catch {
            throw Unusable(message: "\(installed.path) has mistakes: run `weft check \(installed.path)`")
        }
        if let host = topology.host, !DomainHook.isThisHost(host) { throw Unusable(message: "\(installed.path) is for the host \(host)") }
        return topology.domains.first { $0.name == name && $0.interfaces.contains { $0.isPresent && !$0.port.isEmpty } }
    }

    private static func serve(_ ports: [TapPort], _ moment: Moment) throws -> String? {
        var kernel = try KernelConnection.open()
        if moment == .reconnect {
            // Whoever changes the host at this moment looks after its taps too, by a topology that may be newer.
            switch try ChangeStatus(in: StateDirectory.existing(cookie: kernel.namespaceCookie)) {
            case .idle, .domainsLeft: break
            case .underWay, .pending, .cutOff: return nil
            }
        }
        let result = try TapPorts.set(ports, on: &kernel, onlyNew: moment == .reconnect)
        let done = ports.filter { result.changed.contains($0.tap) }.map { port in
            "\(port.tap) on \(port.bridge)\(port.settings.vlans.map { ": VLANs \($0.display)" } ?? "")"
        }
        let lines = done + result.problems
        return lines.isEmpty ? nil : lines.joined(separator: "; ")
    }

    // MARK: The system

    private static func tell(_ line: String?, _ domain: String) {
        if let line { SystemLog.write("hook: \(domain): \(line)") }
    }

    private static func isThisHost(_ name: String) -> Bool {
        let own = HostName.current
        return name == own || name == own.prefix { $0 != "." }
    }

    private static func input() -> String {
        var text: [UInt8] = []
        read(STDIN_FILENO, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func contents(of path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        read(descriptor, into: &text)
        return text
    }

    private static func read(_ descriptor: Int32, into text: inout [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 { text += buffer[..<count] } else if count == 0 || errno != EINTR { return }
        }
    }
}
