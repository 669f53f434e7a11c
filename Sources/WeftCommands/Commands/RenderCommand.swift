internal import ArgumentParser

/// `weft render FORMAT FILE`
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Write a topology as configuration files of another program.", subcommands: [RenderIfcfgCommand.self])
}

/// `weft import FORMAT DIR`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a topology file of another program's configuration files.", subcommands: [ImportIfcfgCommand.self])
}

/// `weft lint FORMAT DIR`
struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Find mistakes in another program's configuration files.", subcommands: [LintIfcfgCommand.self])
}
