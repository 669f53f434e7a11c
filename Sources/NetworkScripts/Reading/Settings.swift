internal import HostNetwork

/// One file's keys as one reader sees them, and which of them were made use of.
struct Settings {
    let reader: ScriptReader
    private let values: [String: (value: String, mark: SourceMark, length: Int)]
    /// The keys whose value is that of the file `network`.
    private var ofHost: Set<String> = []
    private(set) var used: Set<String> = []
    /// The keys that were made use of and are those of the file `network`.
    private(set) var usedOfHost: Set<String> = []

    /// - Parameter host: the file `network`, where the keys are a link's. Initscripts source it in front of the link's own file, and
    ///   so what it says holds for each link whose file does not say it. NetworkManager looks for one key there.
    init(_ text: ScriptText, for reader: ScriptReader, over host: ScriptText? = nil) {
        self.reader = reader
        var values: [String: (value: String, mark: SourceMark, length: Int)] = [:]
        for assignment in host?.assignments ?? [] where HostKeys.areLinks(assignment.key, to: reader) {
            values[assignment.key] = assignment.value(for: reader).map { ($0, assignment.mark, assignment.length) }
            ofHost.insert(assignment.key)
        }
        for assignment in text.assignments {
            // An empty value of the file's own is one to initscripts, and none to NetworkManager.
            if reader == .networkManager, ofHost.contains(assignment.key), assignment.networkManager?.isEmpty ?? true { continue }
            ofHost.remove(assignment.key)
            if let value = assignment.value(for: reader) {
                values[assignment.key] = (value, assignment.mark, assignment.length)
            } else if reader == .networkManager {
                values[assignment.key] = nil
            }
        }
        self.values = values
    }

    /// A key's value, which counts as made use of; `nil` where it is missing or empty, which is the same to both readers.
    mutating func take(_ key: String) -> String? {
        used.insert(key)
        if isOfHost(key) { usedOfHost.insert(key) }
        return peek(key)
    }

    /// Whether a key's value is that of the file `network`.
    func isOfHost(_ key: String) -> Bool { ofHost.contains(key) && values[key] != nil }

    /// A key's value, which does not count as made use of.
    func peek(_ key: String) -> String? { values[key].flatMap { $0.value.isEmpty ? nil : $0.value } }

    /// Where a key's value stands.
    func place(_ key: String) -> (mark: SourceMark, length: Int)? { values[key].map { ($0.mark, $0.length) } }

    /// Whether a key says yes, in the way of the reader.
    mutating func takesYes(_ key: String) -> Bool? {
        guard let text = take(key) else { return nil }
        return Self.truth(text, to: reader)
    }

    /// What a reader takes a word for: `is_true` of the initscripts knows `on`, NetworkManager does not.
    static func truth(_ text: String, to reader: ScriptReader) -> Bool? {
        switch text.lowercased() {
        case "yes", "true", "t", "y", "1": true
        case "no", "false", "f", "n", "0": false
        case "on" where reader == .initscripts: true
        case "off" where reader == .initscripts: false
        default: nil
        }
    }
}

/// What the keys of the file `network` are to the links' files.
enum HostKeys {
    /// Whether a key holds for each link whose own file does not say it.
    static func areLinks(_ key: String, to reader: ScriptReader) -> Bool {
        reader == .initscripts ? !ofHostAlone.contains(key) : key == "IPV6INIT"
    }

    /// Keys that say something of one link, or are looked at as the host's (``HostGateway``).
    private static let ofHostAlone: Set<String> = [
        "DEVICE", "NAME", "UUID", "HWADDR", "NETWORKING", "HOSTNAME", "NOZEROCONF", "GATEWAY", "IPV6_DEFAULTGW", "IPV6_DEFAULTDEV",
    ]

    /// Whether what the file says is nothing that a topology could hold, and nothing that anybody would miss in it.
    static func isIdle(_ key: String, _ value: String) -> Bool {
        if value.isEmpty || ["HOSTNAME", "NOZEROCONF", "NISDOMAIN"].contains(key) { return true }
        return (key == "NETWORKING" || key == "PEERDNS") && Settings.truth(value, to: .initscripts) == true
    }
}
