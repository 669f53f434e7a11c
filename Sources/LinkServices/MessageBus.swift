internal import Netlink

/// Asking services over the system's message bus, by `busctl`: there is no library of D-Bus that a program could rely on.
struct MessageBus {
    /// The service's name on the bus, and its object.
    let service: String
    let object: String

    private static let program = ["/usr/bin/busctl", "/bin/busctl"].first { SystemFiles.exists($0) }
    static var isThere: Bool { program != nil && SystemFiles.exists("/run/dbus/system_bus_socket") }

    /// A service's answer: its words, without quotes, or why there is none.
    enum Answer {
        case words([String])
        case problem(String)

        var words: [String]? { if case .words(let words) = self { words } else { nil } }
        var problem: String? { if case .problem(let problem) = self { problem } else { nil } }
    }

    /// Properties of an interface, each as its signature and its values; a service that does not run is not started for it.
    func properties(_ interface: String, _ names: [String]) -> Answer { run(["get-property", service, object, interface] + names) }

    /// Calls a method.
    func call(_ interface: String, _ method: String, _ signature: String = "", _ arguments: [String] = []) -> Answer {
        run(["call", service, object, interface, method] + (signature.isEmpty ? [] : [signature]) + arguments)
    }

    private func run(_ words: [String]) -> Answer {
        guard let program = Self.program else { return .problem("there is no busctl") }
        guard let result = HelperProgram(path: program, arguments: ["--system", "--auto-start=no", "--timeout=15", "--"] + words).run() else {
            return .problem("\(program) cannot be started")
        }
        guard result.status == 0 else { return .problem(result.errors.split(separator: "\n").last.map(String.init) ?? "it does not answer") }
        return .words(Self.words(in: result.output))
    }

    /// Splits an answer such as `a(iiayqs) 1 2 2 4 192 0 2 53 0 ""` at its blanks; texts are in quotes, with C's escapes.
    static func words(in text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isEscaped = false
        var isOpen = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
                isOpen = true
            } else if character.isWhitespace, !isQuoted {
                if isOpen { words.append(word) }
                word = ""
                isOpen = false
            } else {
                word.append(character)
                isOpen = true
            }
        }
        if isOpen { words.append(word) }
        return words
    }
}

/// The words of an answer, one after the other.
struct AnswerReader {
    private var rest: ArraySlice<String>

    init(_ words: [String]) { rest = words[...] }

    mutating func word() -> String? { rest.popFirst() }
    mutating func number() -> Int? { word().flatMap { Int($0) } }
}
