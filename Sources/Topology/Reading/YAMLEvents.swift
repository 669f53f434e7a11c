internal import CLibyaml

/// A place in the parser's text: line and column from 1, columns in Unicode scalars.
struct YAMLMark {
    let line: Int
    let column: Int

    fileprivate init(_ mark: yaml_mark_t) {
        line = Int(mark.line) + 1
        column = Int(mark.column) + 1
    }
}

/// What libyaml finds as it goes through a text.
enum YAMLEvent {
    enum Style {
        case plain, singleQuoted, doubleQuoted
        /// Literal or folded text.
        case block
    }

    case scalar(String, Style, YAMLMark)
    case listBegins(YAMLMark)
    case mappingBegins(YAMLMark)
    /// A list or a mapping ends.
    case collectionEnds
    case alias(YAMLMark)
    /// The document ends, or there is none.
    case documentEnds
}

/// Why libyaml cannot go on.
enum YAMLFailure: Error {
    /// The text breaks a rule of YAML's.
    /// - Parameters:
    ///   - problem: libyaml's words.
    ///   - context: what it was reading, in its words, and where that began.
    case syntax(problem: String, context: (text: String, mark: YAMLMark)?, at: YAMLMark)
    /// There is a byte that YAML does not allow.
    case unreadable(problem: String, offset: Int)
    /// More levels than anybody writes.
    case nesting

    fileprivate init(_ parser: yaml_parser_t) {
        let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "the parser gives no reason"
        switch unsafe parser.error {
        case YAML_MEMORY_ERROR: self = .nesting
        case YAML_READER_ERROR: self = unsafe .unreadable(problem: problem, offset: parser.problem_offset)
        default:
            let context = unsafe parser.context.map { unsafe (text: String(cString: $0), mark: YAMLMark(parser.context_mark)) }
            self = unsafe .syntax(problem: problem, context: context, at: YAMLMark(parser.problem_mark))
        }
    }
}

/// libyaml's parser on one text.
@safe struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// The text, which libyaml reads where it lies.
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ text: String) {
        unsafe self.text = .allocate(capacity: text.utf8.count)
        _ = unsafe self.text.initialize(from: text.utf8)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        // What it cannot allocate it tells at the first event.
        _ = unsafe yaml_parser_initialize(parser)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, self.text.baseAddress, self.text.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event of the first document; what begins the stream or the document is passed over.
    mutating func next() throws(YAMLFailure) -> YAMLEvent {
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw unsafe YAMLFailure(parser.pointee) }
            defer { unsafe yaml_event_delete(&event) }
            let mark = unsafe YAMLMark(event.start_mark)
            switch unsafe event.type {
            case YAML_SCALAR_EVENT: return unsafe .scalar(Self.text(of: event.data.scalar), Self.style(of: event.data.scalar), mark)
            case YAML_SEQUENCE_START_EVENT: return .listBegins(mark)
            case YAML_MAPPING_START_EVENT: return .mappingBegins(mark)
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .collectionEnds
            case YAML_ALIAS_EVENT: return .alias(mark)
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT: continue
            default: return .documentEnds
            }
        }
    }

    private typealias Scalar = yaml_event_t.__Unnamed_union_data.__Unnamed_struct_scalar

    private static func text(of scalar: Scalar) -> String {
        unsafe String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    }

    private static func style(of scalar: Scalar) -> YAMLEvent.Style {
        switch unsafe scalar.style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }
}
