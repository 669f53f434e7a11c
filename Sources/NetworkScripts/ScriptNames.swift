internal import HostNetwork

/// What the readers make of files' and links' names.
enum ScriptNames {
    /// Endings that make a reader pass over a file.
    static func ignoredSuffixes(by reader: ScriptReader) -> [String] {
        switch reader {
        case .initscripts: ["~", ".bak", ".old", ".orig", ".rpmnew", ".rpmorig", ".rpmsave"]
        case .networkManager: ["~", ".bak", ".orig", ".rej", ".rpmnew", ".augnew", ".augtmp"]
        }
    }

    /// Endings that make one of the readers pass over a file.
    static func ignoredSuffixes(by readers: [ScriptReader]) -> [String] { readers.flatMap { ignoredSuffixes(by: $0) } }

    /// Whether a reader passes over a file of this name.
    static func isIgnored(_ name: String, by reader: ScriptReader) -> Bool {
        // NetworkManager does not mind the case.
        let name = reader == .networkManager ? name.lowercased() : name
        return ignoredSuffixes(by: reader).contains { name.hasSuffix($0) }
    }

    /// Whether `ifup` has a helper program of the link's name, digits at the end aside, and would run that.
    static func isHelper(_ name: LinkName) -> Bool {
        var text = name.text[...]
        while let last = text.last, last.isASCII, last.isNumber { text = text.dropLast() }
        return helpers.contains(String(text))
    }

    /// Whether a link of the name, where no file says its type, is one that `ifup` and a helper program make out of nothing: a tunnel or
    /// a dialled line. NetworkManager leaves those alone, too.
    static func isTunnel(_ name: LinkName) -> Bool {
        var text = name.text[...]
        while let last = text.last, last.isASCII, last.isNumber { text = text.dropLast() }
        return ["ippp", "isdn", "plip", "ppp", "sit", "sl", "tunnel"].contains(text)
    }

    private static let helpers: Set<String> = [
        "aliases", "bnep", "ctc", "ib", "ippp", "ipv6", "isdn", "ovs", "plip", "plusb", "post", "ppp", "routes", "sit", "sl", "Team",
        "TeamPort", "tunnel", "wireless",
    ]
}
