internal import ArgumentParser

struct ImportIfcfgCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ifcfg")
}
