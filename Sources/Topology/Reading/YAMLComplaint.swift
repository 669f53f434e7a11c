/// What libyaml says, in words for a person who does not know its grammar.
struct YAMLComplaint {
    /// What is wrong.
    let message: String
    /// What to do about it.
    let fix: String?
    /// Whether the place to show is where the construct began, rather than where the parser gave up.
    let pointsAtContext: Bool
    /// What to say of the place where the construct began.
    let contextNote: String?

    private init(_ message: String, fix: String?, pointsAtContext: Bool = false, contextNote: String? = nil) {
        self.message = message
        self.fix = fix
        self.pointsAtContext = pointsAtContext
        self.contextNote = contextNote
    }

    /// Translates libyaml's problem and context (`yaml_parser_t`); an unknown one is handed on in libyaml's words.
    init(problem: String, context: String?) {
        let key = "a key and its value are joined by a colon and a blank: key: value"
        let bracket = "close it, or put a comma between the items"
        switch problem {
        case "mapping values are not allowed in this context":
            self.init(
                "a ':' where no key can stand", fix: "check the indentation of this line; put a value that contains ': ' in quotes")
        case "could not find expected ':'":
            self.init("there is no ':' after this key", fix: key, pointsAtContext: true)
        case "did not find expected key":
            self.init(
                "this does not fit the mapping around it", fix: "indent the keys of one mapping alike, one a line",
                contextNote: "the mapping begins here")
        case "did not find expected '-' indicator":
            self.init(
                "this does not fit the list around it", fix: "begin each item with '- ', indented alike", contextNote: "the list begins here")
        case "did not find expected ',' or ']'":
            self.init("the list in brackets does not end", fix: bracket, contextNote: "it begins here")
        case "did not find expected ',' or '}'":
            self.init("the mapping in braces does not end", fix: bracket, contextNote: "it begins here")
        case "did not find expected node content":
            self.init("a value is missing here", fix: nil)
        case "found unexpected end of stream":
            self.init("the quotation does not end", fix: "close it with the same quote", pointsAtContext: true)
        case "found unexpected document indicator":
            self.init("the quotation does not end", fix: "close it with the same quote", pointsAtContext: true)
        case "found character that cannot start any token":
            self.init("no value can begin with this character", fix: "put the value in quotes")
        case "block sequence entries are not allowed in this context":
            self.init("a list item cannot stand here", fix: "begin the list on a line of its own, below its key")
        case "block mapping keys are not allowed in this context", "mapping keys are not allowed in this context":
            self.init("a key cannot stand here", fix: "begin the mapping on a line of its own, indented deeper than its key")
        case "found unknown escape character", "did not find expected hexdecimal number":
            self.init("'\\' has a meaning of its own in double quotes", fix: "write \\\\, or use single quotes")
        case "found a tab character that violates indentation", "found a tab character where an indentation space is expected":
            self.init("a tab in the indentation", fix: "indent with blanks; YAML does not take tabs here")
        case "found unexpected ':'":
            self.init("a ':' where no key can stand", fix: "put a value that contains ':' in quotes")
        case "exceeded max depth", "exceeded maximum depth":
            self.init("lists and mappings are nested too deeply", fix: nil)
        case "did not find expected <document start>":
            self.init("this does not belong to what stands before it", fix: "check the indentation; the file is one mapping of keys")
        default:
            self.init("this is no YAML: \(context.map { "\($0), " } ?? "")\(problem)", fix: nil)
        }
    }
}
