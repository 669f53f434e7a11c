#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A document that is printed as JSON. Its schema is described in `docs/json.md`.
public protocol JSONDocument: Encodable, Sendable {
    /// The schema's version; a higher one may have other meanings, while new fields come without a new number.
    var schemaVersion: Int { get }
}

extension JSONDocument {
    /// The document as one line of JSON, as of a stream of documents: keys sorted, without a line end.
    ///
    /// - Throws: ``ReportError`` where a value cannot be written, which no document of this module holds.
    public func jsonLine() throws(ReportError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            throw ReportError("the report cannot be written as JSON: \(error)")
        }
    }

    /// The document as JSON text: keys sorted, indented, without a line end after its last line.
    ///
    /// - Throws: ``ReportError`` where a value cannot be written, which no document of this module holds.
    public func json() throws(ReportError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            throw ReportError("the report cannot be written as JSON: \(error)")
        }
    }
}

/// A report that could not be written.
public struct ReportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as a sentence without the final point.
    public let message: String

    init(_ message: String) { self.message = message }

    public var description: String { message }
}

/// A place in a topology file.
public struct OriginDocument: Codable, Hashable, Sendable {
    /// The file's name as it was given.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column in characters, from 1.
    public let column: Int

    /// Joins the parts.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}
