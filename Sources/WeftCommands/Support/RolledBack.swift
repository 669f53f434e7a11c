/// What is said of a change that was undone as a whole.
struct RolledBack {
    /// The change's number, where that is not plain.
    var before: Int?
    /// What others have added meanwhile, and what stays.
    var meanwhile: [String]

    var sentence: String {
        let change = before.map { " change \($0)" } ?? ""
        return "Rolled back: the host is as it was before\(change)\(meanwhile.isEmpty ? "" : ", but for what others have done meanwhile"), and that has been read back."
    }

    /// The sentence, and what others have done.
    var text: String { "\(sentence)\n" + meanwhile.map { "  - \($0)\n" }.joined() }
}
