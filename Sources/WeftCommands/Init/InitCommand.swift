internal import ArgumentParser
internal import Change
internal import Glibc
internal import HostNetwork
internal import Report

/// `weft init …`
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a first topology file: this host's network, with a bridge or a trunk more, or a bridge less.",
        discussion: "Nothing is changed. `weft plan FILE` shows what the file would do, and `weft apply FILE` does it.",
        subcommands: [InitBridgeCommand.self, InitTrunkCommand.self, InitUnbridgeCommand.self])
}

/// Where a first topology goes.
struct FirstTopologyOptions: ParsableArguments {
    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Write it into this file, which must not exist, instead of printing it.", valueName: "path"), completion: .file())
    var output: String?

    @OptionGroup var namespace: NamespaceOptions

    /// Makes a topology of the host's network, and writes it.
    /// - Parameter more: lines that are added to it.
    func write(more: [String] = [], ports: Set<LinkName> = [], _ change: (HostNetwork) throws -> HostNetwork) throws {
        let host = try Host.read(namespace.namespace, output: OutputOptions.plain)
        let network: HostNetwork
        do { network = try change(host.network) } catch let error as ValueError {
            throw Failure.exit(OutputOptions.plain, kind: "init", message: error.message, fix: error.fix)
        }
        let lines = StateYAML(network, portsPut: host.record.ports(in: host.network).union(ports)).lines + more
        let text = lines.joined(separator: "\n") + "\n"
        guard let output else { return Terminal.write(text) }
        let descriptor = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure.exit(OutputOptions.plain, kind: "file", message: "\(output): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        Terminal.write(text, to: descriptor)
        Terminal.complain("\(output) is written. `weft plan \(output)` shows what it would do.")
    }

    /// A link's name on the command line.
    static func name(_ text: String, _ what: String) throws -> LinkName {
        do { return try LinkName(text) } catch { throw ValidationError("\(what): \(error)") }
    }
}

extension OutputOptions {
    /// Text, for commands whose output is a file.
    static var plain: OutputOptions {
        var options = OutputOptions()
        options.json = false
        options.color = .auto
        return options
    }
}
