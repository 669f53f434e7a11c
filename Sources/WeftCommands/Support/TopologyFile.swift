internal import ArgumentParser
internal import Change
internal import Glibc
internal import HostNetwork
internal import Report
internal import Topology

/// Reading a topology file for a command, with its mistakes told to the user.
enum TopologyFile {
    /// Reads and checks a file; warnings go to standard error, unless they do not concern the command.
    /// - Throws: ``ExitCode/refused`` after every mistake has been printed.
    static func load(_ path: String, output: OutputOptions, warns: Bool = true) throws -> Topology {
        let bytes = try read(path, output: output)
        do {
            let topology = try Topology.parse(bytes: bytes, file: path == "-" ? "<stdin>" : path)
            if warns, !output.json { print(topology.warnings, topology.source, output) }
            return topology
        } catch {
            fail(error.diagnostics, error.source, output)
            throw ExitCode.refused
        }
    }

    /// The topology that is installed on this host; `nil` where there is none, or it is for another host, and for a namespace, which
    /// it is not about.
    /// - Throws: ``ExitCode/refused`` after its mistakes have been printed, or that anybody could have written it.
    static func installed(for namespace: NamespaceOptions, output: OutputOptions) throws -> Topology? {
        let installed = InstalledTopology()
        guard namespace.netns == nil, access(installed.path, F_OK) == 0 else { return nil }
        if let problem = installed.problem {
            throw Failure.exit(output, kind: "topology", message: problem, fix: "give it to root alone: chown root, chmod go-w")
        }
        let topology = try load(installed.path, output: output, warns: false)
        return Host.isMeant(by: topology) ? topology : nil
    }

    /// What the installed topology wants of domains, to compare with: nothing where it cannot be read, which is others' to tell.
    static func installedDomains(for namespace: NamespaceOptions) -> [WantedDomain] {
        let path = InstalledTopology().path
        guard namespace.netns == nil, let bytes = try? TextFile.read(path), let topology = try? Topology.parse(bytes: bytes, file: path),
            Host.isMeant(by: topology)
        else { return [] }
        return topology.domains
    }

    /// The topology with this host's names for the NICs that it knows by something else.
    /// - Throws: ``ExitCode/refused`` after every NIC has been told that is not there, or may be several.
    static func resolved(_ topology: Topology, on network: HostNetwork, output: OutputOptions) throws -> Topology {
        do {
            return try topology.resolved(on: network)
        } catch {
            fail(error.diagnostics, error.source, output)
            throw ExitCode.refused
        }
    }

    /// Tells mistakes that show only against this host.
    /// - Throws: ``ExitCode/refused`` if there are any.
    static func requireNoConflicts(_ conflicts: [Diagnostic], in topology: Topology, output: OutputOptions, warns: Bool = true) throws {
        guard conflicts.contains(where: { $0.severity == .error }) else {
            if warns, !output.json { print(conflicts, topology.source, output) }
            return
        }
        fail(conflicts, topology.source, output)
        throw ExitCode.refused
    }

    static func print(_ diagnostics: [Diagnostic], _ source: SourceText, _ output: OutputOptions) {
        let color = Terminal.style(output.color, for: STDERR_FILENO).color
        for diagnostic in diagnostics { Terminal.complain(diagnostic.rendered(source: source, color: color)) }
    }

    private static func fail(_ diagnostics: [Diagnostic], _ source: SourceText, _ output: OutputOptions) {
        if output.json {
            Failure.printJSON(kind: "topology", message: Self.count(diagnostics), details: diagnostics.map { ErrorDocument.Detail($0) })
            return
        }
        print(diagnostics, source, output)
        Terminal.complain(count(diagnostics))
    }

    /// `2 errors, 1 warning`.
    static func count(_ diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        let parts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
        return parts.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
    }

    static func read(_ path: String, output: OutputOptions) throws -> [UInt8] {
        do {
            return try TextFile.read(path)
        } catch {
            throw Failure.exit(output, kind: "file", message: "\(path == "-" ? "<stdin>" : path): \(error)")
        }
    }
}

extension ErrorDocument.Detail {
    init(_ diagnostic: Diagnostic) {
        self.init(
            diagnostic.message, severity: diagnostic.severity == .error ? "error" : "warning", fix: diagnostic.fix,
            origin: diagnostic.mark)
    }
}
