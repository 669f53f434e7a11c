internal import ArgumentParser

struct LintIfcfgCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ifcfg")
}
