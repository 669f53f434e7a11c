internal import ArgumentParser
internal import Change
internal import Planner
internal import Report

/// `weft show-plan FILE.weft`
struct ShowPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show-plan",
        abstract: "Show a saved plan as it was when it was made; the host is not looked at.")

    @Argument(help: "The plan that `weft plan -o FILE.weft` saved.", completion: .file())
    var file: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let saved = try SavedPlanFile.read(file, output: output)
        let count = saved.domains?.ground.domains.count ?? 0
        let domains = count == 0 ? "" : " and \(count) domain\(count == 1 ? "" : "s")"
        if !output.json {
            Terminal.write(
                """
                Made on \(saved.host) at \(saved.madeAt) by \(saved.madeBy) with weft \(saved.weftVersion), from \(saved.file).
                It rests on the state \(saved.groundDigest.prefix(16)), of \(saved.ground.links.count) links\(domains).\(saved.probes.map { "\nAsked before and after it: \($0.joined(separator: ", "))." } ?? "")


                """)
        }
        var printed = PlanOutput(title: saved.file, purpose: .apply, plan: saved.plan, features: [], output: output)
        printed.domains = saved.domains.map { TopologyDomains(saved: $0, connect: nil, isReadOnly: true) }
        printed.saved = .init(
            host: saved.host, madeAt: saved.madeAt, madeBy: saved.madeBy, weftVersion: saved.weftVersion, file: saved.file,
            stateDigest: saved.groundDigest)
        printed.print()
    }
}
