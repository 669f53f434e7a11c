internal import ArgumentParser
internal import Change
internal import Glibc
internal import HostNetwork

/// `weft hook …`
struct HookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook",
        abstract: "Have libvirt put each starting domain's taps on their VLANs, before the guest runs.",
        discussion: """
            libvirt refuses VLANs on a bridge of the kernel's, so a domain that starts has none. With the hook installed, libvirt runs \
            weft-hook at each start, and it sets what /etc/weft/topology.yaml (`weft apply --persist`) says of the domain's \
            interfaces: access, trunk, native, and port options. It takes two seconds at most, and never keeps a domain from \
            starting. Interfaces that are plugged into a running domain libvirt tells no hook of: see `weft vm watch`.
            """,
        subcommands: [HookInstallCommand.self, HookUninstallCommand.self, HookRunCommand.self], defaultSubcommand: HookRunCommand.self)
}

/// Where libvirt's hooks are.
struct HookOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("libvirt's directory of hooks.", valueName: "path"))
    var directory = HookScript.defaultDirectory

    var script: HookScript { HookScript(directory: directory, program: HookScript.program ?? "") }
}

/// `weft hook install`
struct HookInstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install the hook beside others, in qemu.d; an existing hook stays as it is, and is run too.")

    @OptionGroup var hooks: HookOptions

    func run() throws {
        guard HookScript.program != nil else {
            throw Failure.exit(.plain, kind: "hook", message: "the program weft-hook is not installed", fix: "install it beside weft, or in ../libexec/weft")
        }
        let script = hooks.script
        let isNew: Bool
        do { isNew = try script.install() } catch { throw Failure.exit(.plain, kind: "hook", message: error.message, fix: error.fix) }
        Terminal.write(isNew ? "Installed as \(script.path).\n" : "\(script.path) is installed already.\n")
        if access(script.othersPath, F_OK) == 0 { Terminal.write("\(script.othersPath) stays as it is: libvirt runs it first.\n") }
        guard isNew else { return }
        Terminal.write("libvirt looks for hooks when it starts: restart libvirtd (or virtqemud). Domains run on meanwhile.\n")
        if access(InstalledTopology().path, F_OK) != 0 {
            Terminal.write("It goes by \(InstalledTopology().path), which `weft apply --persist FILE` writes.\n")
        }
    }
}

/// `weft hook uninstall`
struct HookUninstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "uninstall", abstract: "Take the hook away again, and nothing else.")

    @OptionGroup var hooks: HookOptions

    func run() throws {
        let script = hooks.script
        let was: Bool
        do { was = try script.uninstall() } catch { throw Failure.exit(.plain, kind: "hook", message: error.message, fix: error.fix) }
        Terminal.write(was ? "\(script.path) is gone.\n" : "There is no hook of weft's in \(script.directory).\n")
    }
}

/// `weft hook DOMAIN OPERATION SUB-OPERATION EXTRA`, as libvirt calls a hook.
struct HookRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "What libvirt runs; the domain's description is read from standard input.", shouldDisplay: false)

    @Argument(parsing: .captureForPassthrough, help: "The domain's name, the operation, the sub-operation and one more.")
    var arguments: [String] = []

    func run() throws {
        guard let program = HookScript.program else { return }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        execv(program, &words)
    }
}

extension HookScript {
    /// The program that does the work: beside weft, or in `../libexec/weft`.
    static var program: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let directory = own.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        let above = own.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
        return [directory + "/weft-hook", above + "/libexec/weft/weft-hook"].first { access($0, X_OK) == 0 }
    }
}
