internal import ArgumentParser
internal import Glibc
internal import HostNetwork
internal import NetworkScripts
internal import Report
internal import Topology

/// Whom network scripts are for, or who reads them.
enum DialectChoice: String, ExpressibleByArgument, CaseIterable {
    case both, initscripts, networkmanager

    var dialect: ScriptDialect {
        switch self {
        case .both: .both
        case .initscripts: .initscripts
        case .networkmanager: .networkManager
        }
    }
}

/// Telling what was found in network scripts, or in a topology about to become some.
struct ScriptOutput {
    let output: OutputOptions
    /// The files' texts, for the lines that messages show.
    let sources: [String: SourceText]

    init(_ output: OutputOptions, sources: [SourceText]) {
        self.output = output
        self.sources = Dictionary(sources.map { ($0.file, $0) }) { first, _ in first }
    }

    /// Prints findings to standard error, each with its line and a caret.
    func print(_ findings: [ScriptFinding]) {
        let color = Terminal.style(output.color, for: STDERR_FILENO).color
        for finding in findings {
            guard let mark = finding.mark, let source = sources[mark.file], finding.severity != .note else {
                Terminal.complain("\(finding.mark.map { "\($0): " } ?? "")\(finding.severity.rawValue): \(finding.message)")
                if let fix = finding.fix { Terminal.complain("  fix: \(fix)") }
                continue
            }
            let diagnostic = Diagnostic(
                severity: finding.severity == .error ? .error : .warning, mark: mark, length: finding.length, message: finding.message,
                fix: finding.fix)
            Terminal.complain(diagnostic.rendered(source: source, color: color))
        }
    }

    /// `2 errors, 1 warning`.
    static func count(_ findings: [ScriptFinding]) -> String {
        let counts: [(ScriptFinding.Severity, String)] = [(.error, "error"), (.warning, "warning"), (.note, "note")]
        return counts.compactMap { severity, noun in
            let count = findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(noun)\(count == 1 ? "" : "s")"
        }.joined(separator: ", ")
    }

    /// The host's machine-id, as systemd wrote it.
    static var machineID: String? { (try? TextFile.read("/etc/machine-id")).map { String(decoding: $0, as: UTF8.self) } }
}

extension ErrorDocument.Detail {
    init(_ finding: ScriptFinding) {
        self.init(
            finding.message, severity: finding.severity.rawValue, fix: finding.fix, link: finding.link?.text, origin: finding.mark)
    }
}

/// Reading a file by hand: Foundation hides why one cannot be read.
enum TextFile {
    /// An errno, in the C library's words.
    struct Failure: Error, CustomStringConvertible {
        let number: Int32
        var description: String { String(cString: strerror(number)) }
    }

    /// Reads a whole file; `-` is standard input.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(number: errno)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            // A device has no end; what people write has.
            guard bytes.count <= 64 * 1_048_576 else { throw Failure(number: EFBIG) }
        }
    }
}
