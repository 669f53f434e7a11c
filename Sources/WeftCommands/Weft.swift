public import ArgumentParser

/// The command line: one subcommand a file, in `Commands/`.
public struct Weft: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "weft",
        abstract: "Configures a host's bonds, VLANs and bridges from one file.",
        discussion: """
            A topology file says what the host's network is to be. `weft plan` shows what would happen and changes nothing; \
            `weft apply` does it as one transaction, and puts everything back if a part of it fails.

            Exit status: 0 nothing to do, or done; 1 refused or failed, with nothing touched; 2 a comparison found \
            differences; 3 failed and rolled back; 4 failed and not entirely rolled back; 64 wrong usage.
            """,
        version: "weft \(version)",
        subcommands: [
            CheckCommand.self, PlanCommand.self, ShowPlanCommand.self, ApplyCommand.self, DestroyCommand.self, AdoptCommand.self, ShowCommand.self,
            ConfirmCommand.self, RollbackCommand.self, RecoverCommand.self, StatusCommand.self, HistoryCommand.self, GuardCommand.self,
            RenderCommand.self, ImportCommand.self, LintCommand.self,
            VMCommand.self, HookCommand.self, InitCommand.self,
        ])

    /// The program's version.
    static let version = "0.1.0"

    public init() {}

    /// Runs the command that the program's arguments name.
    public static func start() {
        Terminal.occupyStandardDescriptors()
        main(OptionalValue.expand(Array(CommandLine.arguments.dropFirst())))
    }
}
