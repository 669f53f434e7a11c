internal import ArgumentParser
internal import DomainService
internal import HostNetwork

/// `weft vm …`
struct VMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vm",
        abstract: "Show virtual machines' interfaces on the host's bridges, and move them about.",
        discussion: "Domains are libvirt's; weft asks it by the program weft-libvirt, which needs libvirt's library.",
        subcommands: [
            VMListCommand.self, VMAttachCommand.self, VMMoveCommand.self, VMDetachCommand.self, VMRepairCommand.self, VMWatchCommand.self,
        ])
}

/// Which libvirt is meant.
struct ConnectOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Connect to this libvirt; otherwise to that of LIBVIRT_DEFAULT_URI, or else to qemu:///system.", valueName: "uri"))
    var connect: String?

    var uri: String { DomainSession.uri(connect) }

    /// Connects.
    /// - Throws: ``ExitCode/refused`` after the reason has been printed.
    func open(isReadOnly: Bool, output: OutputOptions) throws -> DomainSession {
        do { return try DomainSession.open(uri, isReadOnly: isReadOnly) } catch { throw Failure.exit(output, error) }
    }
}

extension DomainSnapshot {
    /// Whether these domains run on the host that weft runs on, so that their taps are links that it sees.
    var isOfThisHost: Bool {
        let own = Host.name
        return host == own || host.prefix { $0 != "." } == own.prefix { $0 != "." }
    }
}

extension Failure {
    /// Tells what libvirt refused.
    static func exit(_ output: OutputOptions, _ error: DomainFailure, status: ExitCode = .refused) -> ExitCode {
        exit(output, kind: "libvirt", message: error.description, fix: error.fix, status: status)
    }
}
