internal import ArgumentParser
internal import NetworkScripts
internal import Report

/// `weft lint ifcfg DIR`
struct LintIfcfgCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ifcfg",
        abstract: "Find slips in ifcfg network scripts, and what their two readers understand differently.",
        discussion: "Exit status: 0 nothing found, 2 something found, 1 the directory cannot be read.")

    @Argument(help: "The directory, such as /etc/sysconfig/network-scripts.", completion: .directory)
    var directory: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let scripts = try ScriptFiles.load(directory, output: output)
        let findings = NetworkScriptLint(scripts).findings
        if output.json {
            Terminal.write(CheckDocument(file: directory, links: scripts.linkCount, warnings: findings.map { ErrorDocument.Detail($0) }))
        } else {
            ScriptFiles.output(output, of: scripts).print(findings)
            let count = findings.isEmpty ? "nothing found" : ScriptOutput.count(findings)
            Terminal.write("\(directory): \(scripts.linkCount) link\(scripts.linkCount == 1 ? "" : "s"), \(count)\n")
        }
        if !findings.isEmpty { throw ExitCode.differs }
    }
}
