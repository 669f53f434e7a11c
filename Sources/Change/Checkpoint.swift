public import HostNetwork
internal import Planner

/// A change that has begun: everything that is needed to undo it, on disk before the first message is sent.
///
/// While the file is there, the change has no ending. Whoever holds the namespace's lock and finds one has a change before him
/// that was cut off, unless it waits for its confirmation (``Confirmation``).
public struct Checkpoint: Codable, Sendable {
    /// The version of the file's form.
    public var format = Self.currentFormat
    /// The change's number within the namespace, from 1.
    public var number: Int
    /// Who changes, and from what.
    public var author: ChangeAuthor
    /// The boot in which it began: links do not outlive it.
    public var bootID: String
    /// The way back, with what the change can touch as it was. What was wanted is not needed for it, and may be long.
    var wayBack: WayBack
    /// How many steps the plan had.
    public var steps: Int
    /// The record of ports as it was, in the form of its file.
    var portRecord: String
    /// What it leaves for the boots to come; `nil` without `--persist`.
    public internal(set) var persistence: Persistence?
    /// The domains that it touches, as they were; `nil` where it touches none.
    public internal(set) var domains: DomainCheckpoint?

    static let currentFormat = 3

    /// The network before the change, as far as that could touch it.
    public var network: HostNetwork { wayBack.part.network }

    /// The network before the change, seen from another moment: what the change could touch is as it was, and the rest as it is now.
    public func restored(in now: HostNetwork) -> HostNetwork { wayBack.part.restored(in: now) }

    enum CodingKeys: String, CodingKey {
        case format, number, author
        case bootID = "boot_id"
        case wayBack = "way_back"
        case steps
        case portRecord = "port_record"
        case persistence, domains
    }
}

/// That a change waits for somebody's word, and until when.
public struct Confirmation: Codable, Hashable, Sendable {
    /// The number of the change that it belongs to.
    public var number: Int
    /// How many seconds were given (`--confirm-within`).
    public var seconds: Int
    /// When they are over, in seconds since boot (`CLOCK_BOOTTIME`).
    public var deadline: Int64
    /// Whether the change is done and verified: until then a process that is gone means a change that was cut off.
    public var isComplete: Bool

    /// How many seconds are left; 0 once they are over.
    public var secondsLeft: Int { max(0, Int(deadline - Clock.sinceBoot)) }

    enum CodingKeys: String, CodingKey {
        case number, seconds, deadline
        case isComplete = "complete"
    }
}

/// How a change ended, as it is remembered.
public struct PastChange: Codable, Hashable, Sendable {
    /// How a change can end.
    public enum Ending: String, Codable, Sendable {
        /// Done and verified.
        case done
        /// Done, verified, and confirmed by somebody (`weft confirm`).
        case confirmed
        /// Undone; the host was as before, which was read back.
        case rolledBack = "rolled-back"
        /// Undone, except for what is listed in ``PastChange/left``.
        case notRolledBack = "not-rolled-back"
        /// The host was started anew before the change had ended: the kernel's state was gone.
        case lost
    }

    /// The change's number within the namespace, from 1.
    public var number: Int
    /// Who changed, and from what.
    public var author: ChangeAuthor
    /// When it ended, in seconds since 1970.
    public var ended: Int64
    /// How it ended.
    public var ending: Ending
    /// Why, where it was undone; and what else was to be told. A sentence each.
    public var remarks: [String]
    /// What could not be put back.
    public var left: [String]
    /// How many steps its plan had.
    public var steps: Int
    /// Of ``left``, what is about domains: `weft recover` tries that again.
    public var domainsLeft: [String]?
    /// Of ``remarks``, what others have added meanwhile to what an undone change had touched.
    public var meanwhile: [String]?

    enum CodingKeys: String, CodingKey {
        case number, author, ended, ending, remarks, left, steps, meanwhile
        case domainsLeft = "domains_left"
    }
}
