/// A value of a YAML document, and where it stands in the file.
struct YAMLNode {
    enum Content {
        /// Text as it was written, without quotes; `isPlain` where it had none.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([YAMLEntry])
    }

    var content: Content
    var span: Span

    /// Whether the value is missing, or a plain `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
    }

    /// Whether the value is the word `default`.
    var isDefaultWord: Bool { if case .scalar("default", _) = content { true } else { false } }

    /// Whether the value stands for something that has been complained about already.
    var isPoisoned: Bool {
        if case .scalar(let text, _) = content { text.unicodeScalars.contains(ScannedText.poison) } else { false }
    }

    /// Whether the value has keys.
    var isMapping: Bool {
        if case .mapping = content { true } else { false }
    }

    /// What the value is, for messages.
    var noun: String {
        switch content {
        case _ where isNull: "nothing"
        case .scalar: "a single value"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// A key of a mapping with its value.
struct YAMLEntry {
    var key: String
    var keySpan: Span
    var value: YAMLNode

    /// Where the value stands, or the key where the value is missing.
    var valueSpan: Span { value.isNull ? keySpan : value.span }
}
