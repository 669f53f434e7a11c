internal import ArgumentParser
internal import Change
internal import Netlink
internal import Report

/// Telling why a command ends without having done its work.
enum Failure {
    /// Prints one sentence and its details, or one JSON document, and answers the exit status to throw.
    static func exit(_ output: OutputOptions, kind: String, message: String, fix: String? = nil, details: [String] = [], status: ExitCode = .refused) -> ExitCode {
        if output.json {
            printJSON(
                kind: kind, message: message,
                details: fix.map { [ErrorDocument.Detail(message, fix: $0)] } ?? details.map { ErrorDocument.Detail($0) })
        } else {
            Terminal.complain("weft: \(message)")
            for detail in details { Terminal.complain("  - \(detail)") }
            if let fix { Terminal.complain("  fix: \(fix)") }
        }
        return status
    }

    /// Tells what the kernel or the netlink socket refused.
    static func exit(_ output: OutputOptions, _ error: NetlinkError) -> ExitCode {
        exit(output, kind: "kernel", message: error.description)
    }

    /// Tells why a change did not begin.
    static func exit(_ output: OutputOptions, _ error: ChangeError) -> ExitCode {
        switch error {
        case .locked: exit(output, kind: "locked", message: error.description, fix: "wait until it is done, or give --wait TIME")
        case .stateDirectory: exit(output, kind: "state", message: error.description)
        case .savedPlan: exit(output, kind: "saved-plan", message: error.description, fix: "make the plan again")
        case .unconfirmed: exit(output, kind: "pending", message: error.description, fix: "run `weft confirm` to keep it, or `weft rollback` to undo it")
        case .nothingToConfirm: exit(output, kind: "history", message: error.description)
        case .unconfirmable: exit(output, kind: "state", message: error.description, fix: "make room below /run/weft, and confirm again")
        case .guardian: exit(output, kind: "guardian", message: error.description)
        case .domains: exit(output, kind: "libvirt", message: error.description)
        case .rehearsal: exit(output, kind: "rehearsal", message: error.description)
        case .refused: exit(output, kind: "refused", message: error.description)
        }
    }

    /// Prints the error document.
    static func printJSON(kind: String, message: String, details: [ErrorDocument.Detail]) {
        Terminal.write(ErrorDocument(kind: kind, message: message, details: details))
    }
}
