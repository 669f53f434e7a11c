extension Int64 {
    /// Reads plain decimal digits; `nil` for any other text. A number that is too large becomes the largest.
    /// - Throws: ``ValueError`` for a leading zero: YAML's readers disagree on whether `010` is eight or ten.
    package init?(decimalDigits text: some StringProtocol) throws(ValueError) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        guard text.count == 1 || text.first != "0" else {
            let plain = text.drop { $0 == "0" }
            throw ValueError(
                "'\(text)' begins with a zero, which some readers take for octal", fix: "write \(plain.isEmpty ? "0" : String(plain))")
        }
        self = Int64(text) ?? .max
    }
}
