internal import Change
internal import HostNetwork
internal import Planner
internal import Report

/// Past changes, for a program.
struct HistoryDocument: JSONDocument, Codable {
    let schemaVersion: Int
    let changes: [PastChange]
    /// Why the endings of further changes cannot be read; `nil` where all can.
    let unreadable: [String]?

    init(_ changes: [PastChange], unreadable: [String] = []) {
        schemaVersion = 1
        self.changes = changes
        self.unreadable = unreadable.isEmpty ? nil : unreadable
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case changes, unreadable
    }
}

/// Whether a change has no ending yet, for a program.
struct StatusDocument: JSONDocument, Codable {
    let schemaVersion: Int
    /// `idle`, `under-way`, `pending`, `cut-off` or `domains-left`.
    let state: String
    /// The change's number.
    let number: Int?
    /// Who made it.
    let author: ChangeAuthor?
    /// How many seconds are left to confirm it.
    let secondsLeft: Int?
    /// Whether its guardian is there, which undoes it otherwise; `nil` where nothing is pending.
    let isGuarded: Bool?
    /// Who is at it, in words.
    let holder: String?
    /// What the last boot lacked; `nil` where weft has not brought this boot's network up.
    let shortfalls: [Shortfall]?
    /// Whether a change that is done still waits for being installed for the boots to come.
    let awaitsInstallation: Bool

    struct Shortfall: Codable {
        let link: String
        let message: String
    }

    init(_ status: ChangeStatus, _ boot: BootReport?, awaitsInstallation: Bool = false) {
        schemaVersion = 1
        self.awaitsInstallation = awaitsInstallation
        shortfalls = boot?.shortfalls.map { Shortfall(link: $0.link.text, message: $0.message) }
        isGuarded = if case .pending(_, _, let isGuarded) = status { isGuarded } else { nil }
        switch status {
        case .idle: (state, number, author, secondsLeft, holder) = ("idle", nil, nil, nil, nil)
        case .underWay(let who): (state, number, author, secondsLeft, holder) = ("under-way", nil, nil, nil, who.description)
        case .pending(let checkpoint, let confirmation, _):
            (state, number, author, secondsLeft, holder) = ("pending", checkpoint.number, checkpoint.author, confirmation.secondsLeft, nil)
        case .domainsLeft(let past): (state, number, author, secondsLeft, holder) = ("domains-left", past.number, past.author, nil, nil)
        case .cutOff(let checkpoint): (state, number, author, secondsLeft, holder) = ("cut-off", checkpoint.number, checkpoint.author, nil, nil)
        }
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion = "schema_version"
        case state, number, author
        case secondsLeft = "seconds_left"
        case isGuarded = "guarded"
        case holder, shortfalls
        case awaitsInstallation = "awaits_installation"
    }
}
