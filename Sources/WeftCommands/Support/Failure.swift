internal import ArgumentParser
internal import Report

/// Telling why a command ends without having done its work.
enum Failure {
    /// Prints one sentence, or one JSON document, and answers the exit status to throw.
    static func exit(_ output: OutputOptions, kind: String, message: String, fix: String? = nil, status: ExitCode = .refused) -> ExitCode {
        if output.json {
            printJSON(kind: kind, message: message, details: fix.map { [ErrorDocument.Detail(message, fix: $0)] } ?? [])
        } else {
            Terminal.complain("weft: \(message)")
            if let fix { Terminal.complain("  fix: \(fix)") }
        }
        return status
    }

    /// Prints the error document.
    static func printJSON(kind: String, message: String, details: [ErrorDocument.Detail]) {
        Terminal.write(ErrorDocument(kind: kind, message: message, details: details))
    }
}
