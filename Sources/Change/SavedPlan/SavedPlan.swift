#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
public import HostNetwork
public import Planner

/// A plan that was made at one time to be carried out at another (`FILE.weft`): every step, what it was asked for, and the ground
/// that it rests on.
///
/// The file is JSON that a person can read. Its digest covers every other byte of it, so that a file of which a part is missing,
/// or that somebody has edited, is known and refused.
public struct SavedPlan: Hashable, Codable, Sendable {
    /// The file's format; a weft that does not know it refuses the file.
    public var format: Int
    /// The weft that made the plan.
    public var weftVersion: String
    /// The host that it is for.
    public var host: String
    /// When it was made: ISO 8601, in UTC.
    public var madeAt: String
    /// Who made it.
    public var madeBy: String
    /// The topology file that it was made from.
    public var file: String
    /// What was asked, with the leave given. Its actual network is left out: ``ground`` is what counts of it.
    public var request: PlanRequest
    /// What will be done.
    public var plan: Plan
    /// What will be done to domains along with it; `nil` where the file names none, or they are as they should be.
    public var domains: SavedDomains?
    /// The file's probes (`probes:`), as it writes them.
    public var probes: [String]?
    /// What must still be so.
    public var ground: PlanGround
    /// The digest of ``ground`` and of the domains' part: one short word for the state that the plan rests on.
    public var groundDigest: String

    /// The format of a plan without domains and probes.
    static let plainFormat = 1
    /// The latest format: a weft that does not know of domains and probes would leave them out.
    static let latestFormat = 2

    enum CodingKeys: String, CodingKey {
        case format = "weft_plan"
        case weftVersion = "weft_version"
        case host
        case madeAt = "made_at"
        case madeBy = "made_by"
        case file, request, plan, domains, probes
        case ground = "state"
        case groundDigest = "state_sha256"
    }

    /// Takes a plan, and out of what it was planned from the part that it rests on.
    public init(
        _ plan: Plan, for request: PlanRequest, domains: SavedDomains? = nil, probes: [Probe] = [], file: String, host: String, weftVersion: String,
        madeAt: String, madeBy: String
    ) {
        format = domains == nil && probes.isEmpty ? Self.plainFormat : Self.latestFormat
        self.domains = domains
        self.probes = probes.isEmpty ? nil : probes.map(\.description)
        self.weftVersion = weftVersion
        self.host = host
        self.madeAt = madeAt
        self.madeBy = madeBy
        self.file = file
        self.plan = plan
        ground = PlanGround(of: plan, in: request.actual)
        groundDigest = Self.digest(of: ground, domains)
        self.request = request
        self.request.actual = HostNetwork()
    }

    /// What is otherwise now than when the plan was made; empty when it may be carried out.
    public func differences(to actual: HostNetwork) -> [PlanGround.Difference] {
        ground.differences(to: PlanGround(of: plan, in: actual), wanted: request.wanted)
    }

    /// What carrying out just this plan asks for now: of what is wanted, the part that the plan is about. The rest of the host
    /// may have changed since, and is left alone.
    public func request(on actual: HostNetwork) -> PlanRequest {
        var request = self.request
        let touched = plan.touchedLinks
        request.actual = actual
        // What lies around them is as it was, and as it is wanted: or else there would be a step for it.
        request.wanted.links = request.wanted.links.filter { touched.contains($0.key) || ground.links[$0.key.text] != nil }
        request.wanted.routes.removeAll { !$0.links.isEmpty && !$0.links.contains { touched.contains($0) } }
        request.scope = .only(touched)
        return request
    }

    // MARK: The file

    private static let digestKey = "\"sha256\" : \""
    private static let noDigest = String(repeating: "0", count: 64)

    /// What stands in the file: the plan's parts, and the digest beside them.
    private struct Document: Codable {
        let plan: SavedPlan
        let sha256: String

        init(_ plan: SavedPlan) {
            self.plan = plan
            sha256 = SavedPlan.noDigest
        }

        private enum CodingKeys: String, CodingKey { case sha256 }

        init(from decoder: any Decoder) throws {
            plan = try SavedPlan(from: decoder)
            sha256 = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .sha256)
        }

        func encode(to encoder: any Encoder) throws {
            try plan.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(sha256, forKey: .sha256)
        }
    }

    /// The file's text, with its digest.
    /// - Throws: ``ChangeError/savedPlan(path:problem:)`` where it cannot be written as JSON.
    public func text() throws(ChangeError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            let blank = String(decoding: try encoder.encode(Document(self)), as: UTF8.self) + "\n"
            return blank.replacing(Self.digestKey + Self.noDigest, with: Self.digestKey + SHA256.hex(of: blank.utf8))
        } catch {
            throw .savedPlan(path: file, problem: "the plan cannot be written: \(error)")
        }
    }

    /// Reads a file's bytes.
    /// - Throws: ``ChangeError/savedPlan(path:problem:)`` for what is no saved plan, is not whole, or was changed.
    public init(bytes: [UInt8], path: String) throws(ChangeError) {
        func failure(_ problem: String) -> ChangeError { .savedPlan(path: path, problem: problem) }
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: Self.digestKey, omittingEmptySubsequences: false)
        guard text.hasPrefix("{"), text.contains("\"weft_plan\""), Array(text.utf8) == bytes else { throw failure("this is no plan that weft saved, or not the whole of it") }
        guard parts.count == 2, parts[1].utf8.count > 64 else { throw failure("the file is not whole: its digest is missing") }
        let digest = String(parts[1].prefix(64))
        let blank = parts[0] + Self.digestKey + Self.noDigest + parts[1].dropFirst(64)
        guard SHA256.hex(of: Array(String(blank).utf8)) == digest else {
            throw failure("its digest does not fit: the file was changed, or is not whole")
        }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch {
            throw failure("another weft has written it, in words that this one does not know: \(error)")
        }
        guard (Self.plainFormat...Self.latestFormat).contains(document.plan.format) else {
            throw failure("its format is \(document.plan.format), and this weft knows up to \(Self.latestFormat)")
        }
        self = document.plan
        // Renders and digests may differ between two versions that share a format.
        guard groundDigest == Self.digest(of: ground, domains) else { throw failure("the state in it is not the one that it was made for") }
    }

    private static func digest(of ground: PlanGround, _ domains: SavedDomains?) -> String {
        SHA256.hex(of: (ground.text + (domains?.ground.text ?? "")).utf8)
    }
}
