internal import ArgumentParser
internal import Change
internal import Glibc
internal import Netlink

/// `weft guard`, which `weft apply --confirm-within` starts for itself.
struct GuardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard", abstract: "Undo a change unless it is confirmed in time.", shouldDisplay: false)

    @Option(name: .long, help: "The change's number.")
    var change: Int

    @Option(name: .long, help: "The directory of the change's namespace, which has to be this one's.")
    var directory: String

    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        // A pipe of the caller's, left open here, would keep its reader waiting.
        for descriptor in STDERR_FILENO + 1..<1024 { close(descriptor) }
        var space = try Namespace.open(namespace.namespace, output: output)
        guard space.directory.path == directory else { throw ExitCode.refused }
        do {
            switch try Guardian(in: space.directory, of: change).watch(on: &space.kernel) {
            case nil, .nothingToDo?, .done?, .rolledBack?: return
            case .notRolledBack?: throw ExitCode.notRolledBack
            }
        } catch let error as ChangeError {
            throw Failure.exit(output, error)
        }
    }
}
