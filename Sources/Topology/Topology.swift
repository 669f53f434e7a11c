public import HostNetwork

/// A topology file that has been read and checked: what a host's network is wanted to be.
public struct Topology: Sendable {
    /// The file's name as it was given.
    public let file: String
    /// The host that the file is for (`host`); `nil` for any host.
    public let host: String?
    /// The wanted network. What it leaves unset is unmanaged.
    ///
    /// A ``/HostNetwork/LinkKind/nic`` here is a link that has to exist already, whatever its kind: weft neither makes nor
    /// deletes it.
    public let network: HostNetwork
    /// What has to answer after a change if it answered before (`probes`).
    public let probes: [Probe]
    /// What is wanted of virtual machines' interfaces (`domains`).
    public let domains: [WantedDomain]
    /// What may not be as it was meant, in the order of the file.
    public let warnings: [Diagnostic]
    /// The file's text, for ``Diagnostic/rendered(source:color:)``.
    public let source: SourceText

    let draft: Draft

    /// Reads a file's text.
    /// - Throws: ``TopologyError`` with every mistake in the file.
    public static func parse(_ text: String, file: String) throws(TopologyError) -> Topology {
        try parse(SourceText(text, file: file), Problems(file: file))
    }

    /// Reads a file's bytes, which have to be UTF-8.
    /// - Throws: ``TopologyError`` with every mistake in the file, and the place of the first byte that is not UTF-8.
    public static func parse(bytes: [UInt8], file: String) throws(TopologyError) -> Topology {
        let source = SourceText(String(decoding: bytes, as: UTF8.self), file: file)
        var problems = Problems(file: file)
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            // Nothing in it can be read, and one mistake is enough to say.
            problems.error(Span(line: 1, column: 1), "the file is UTF-16, not UTF-8", fix: "save it as UTF-8")
            throw failure(problems, SourceText("", file: file))
        }
        if String(validating: bytes, as: UTF8.self) == nil {
            let line = source.lines.firstIndex { $0.unicodeScalars.contains("\u{fffd}") } ?? 0
            let column = source.line(line + 1).unicodeScalars.prefix { $0 != "\u{fffd}" }.count
            problems.error(
                Span(line: line + 1, column: column + 1), "the file is not UTF-8 here", fix: "save it as UTF-8, without GBK or UTF-16")
        }
        return try parse(source, problems)
    }

    private static func parse(_ source: SourceText, _ problems: Problems) throws(TopologyError) -> Topology {
        let scan = TextScan(source, problems: problems)
        let reading = YAMLReading(source, scanned: scan.outcome, problems: scan.problems)
        guard let root = reading.root, !root.isNull || !reading.problems.hasErrors else {
            guard reading.problems.hasErrors else { throw failure(Decoder(nil, problems: reading.problems).problems, source) }
            throw failure(reading.problems, source)
        }
        let decoder = Decoder(root, problems: reading.problems)
        let checks = Checks(decoder.draft, problems: decoder.problems)
        let problems = checks.problems
        guard !problems.hasErrors else { throw failure(problems, source) }
        return Topology(
            file: source.file, host: decoder.draft.host, network: Resolution(decoder.draft, checks.stack, file: source.file).network,
            probes: decoder.draft.probes, domains: decoder.draft.wantedDomains(file: source.file), warnings: problems.inFileOrder, source: source,
            draft: decoder.draft)
    }

    private static func failure(_ problems: Problems, _ source: SourceText) -> TopologyError {
        TopologyError(diagnostics: problems.inFileOrder, source: source)
    }
}
