#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
internal import Glibc
public import HostNetwork

/// A running `weft-libvirt`, connected to one libvirt: the only way from weft to libvirt.
///
/// The program stands apart so that `weft` starts, and works, where no libvirt is installed, and pays nothing for it otherwise;
/// and so that a libvirt that hangs is ended with it: each question has a time by which it is answered, or the program is killed.
public struct DomainSession: ~Copyable {
    /// The URI that was asked for.
    public let uri: String
    private var process: HelperProcess

    /// How long reading may take. libvirt answers in milliseconds, and while it starts or migrates a domain in seconds.
    public static let patience: Duration = .seconds(20)

    /// Where domains are unless a connection is named: those of the host, whoever asks.
    public static let defaultURI = "qemu:///system"

    /// The URI to use: that of the command line, or else that of `LIBVIRT_DEFAULT_URI`, or else ``defaultURI``.
    public static func uri(_ given: String?) -> String {
        if let given { return given }
        return environment.isEmpty ? defaultURI : environment
    }

    /// Whether the user has named a libvirt, on the command line or by `LIBVIRT_DEFAULT_URI`.
    public static func isNamed(_ given: String?) -> Bool {
        given != nil || !environment.isEmpty
    }

    private static var environment: String { unsafe getenv("LIBVIRT_DEFAULT_URI").map { unsafe String(cString: $0) } ?? "" }

    /// The socket that is missing where nobody can answer at a URI; `nil` where somebody may. It costs a look at the file system.
    ///
    /// Of a connection that goes elsewhere, or not by a known socket, nothing can be said.
    public static func missingSocket(_ uri: String) -> String? {
        guard let parts = URLComponents(string: uri), parts.host ?? "" == "", let scheme = parts.scheme, !scheme.contains("+") else { return nil }
        if let path = parts.queryItems?.first(where: { $0.name == "socket" })?.value { return isThere(path) ? nil : path }
        guard parts.path == "/system", let daemon = ["qemu": "virtqemud", "lxc": "virtlxcd", "xen": "virtxend"][scheme] else { return nil }
        let sockets = ["libvirt-sock", "libvirt-sock-ro", "\(daemon)-sock", "\(daemon)-sock-ro"].map { "/run/libvirt/\($0)" }
        return sockets.contains { isThere($0) } ? nil : sockets[0]
    }

    private static func isThere(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Starts the helper and connects.
    /// - Parameters:
    ///   - uri: libvirt's name of the connection.
    ///   - isReadOnly: whether nothing will be changed; then no rights are needed that reading does not need.
    ///   - patience: how long libvirt may take to answer.
    public static func open(_ uri: String, isReadOnly: Bool, patience: Duration = patience) throws(DomainFailure) -> DomainSession {
        var session = DomainSession(uri: uri, process: try HelperProcess.start())
        try session.ask(.connect(uri: uri, isReadOnly: isReadOnly), "connect to \(uri)", patience)
        return session
    }

    /// Starts the helper, connects, and has it tell what happens to domains from now on: see ``next(within:)``. Such a session can
    /// be asked nothing else.
    /// - Parameter domains: gets the domains as they are when the telling begins.
    public static func watch(_ uri: String, _ domains: inout DomainSnapshot?, patience: Duration = patience) throws(DomainFailure) -> DomainSession {
        var session = DomainSession(uri: uri, process: try HelperProcess.start())
        guard case .snapshot(let snapshot) = try session.ask(.watch(uri: uri), "watch the domains of \(uri)", patience) else {
            throw DomainFailure(.unreachable, attempt: "watch the domains of \(uri)", words: "weft-libvirt gave another answer than asked for")
        }
        domains = snapshot
        return session
    }

    /// What has happened next to a domain; `nil` where nothing has in time.
    public mutating func next(within patience: Duration) throws(DomainFailure) -> DomainEvent? {
        let attempt = "watch the domains of \(uri)"
        do {
            guard let line = try process.next(within: patience) else { return nil }
            switch try JSONDecoder().decode(DomainReply.self, from: line) {
            case .event(let event): return event
            case .failed(var failure):
                failure.attempt = attempt
                throw failure
            case .done, .snapshot: return nil
            }
        } catch let failure as DomainFailure {
            throw failure
        } catch let trouble as HelperProcess.Trouble {
            throw trouble.failure(attempt, patience)
        } catch {
            throw DomainFailure(.unreachable, attempt: attempt, words: "weft-libvirt answered what cannot be read: \(error)")
        }
    }

    private init(uri: String, process: consuming HelperProcess) {
        self.uri = uri
        self.process = process
    }

    /// Reads the domains.
    public mutating func snapshot(withCounters: Bool = false, patience: Duration = patience) throws(DomainFailure) -> DomainSnapshot {
        guard case .snapshot(let snapshot) = try ask(.snapshot(withCounters: withCounters), "read the domains of \(uri)", patience) else {
            throw DomainFailure(.unreachable, attempt: "read the domains of \(uri)", words: "weft-libvirt gave another answer than asked for")
        }
        return snapshot
    }

    /// Does something, and returns when it is done.
    /// - Parameters:
    ///   - words: what is attempted, such as `attach 52:54:00:00:00:01 to vm1`, for the error's text.
    ///   - isInterrupted: is asked now and then whether to wait on for what a guest has to agree to. Once it says yes, the session is
    ///     of no use any more.
    public mutating func perform(_ action: DomainAction, _ words: String, isInterrupted: () -> Bool = { false }) throws(DomainFailure) {
        var patience = Duration.seconds(60)
        if case .detach(_, _, _, let seconds) = action { patience += .seconds(seconds) }
        // What needs no guest has its ending soon, and that is to be known.
        _ = try ask(.perform(action), words, patience, isInterrupted: { action.needsGuest && isInterrupted() })
    }

    @discardableResult
    private mutating func ask(
        _ query: DomainQuery, _ attempt: String, _ patience: Duration, isInterrupted: () -> Bool = { false }
    ) throws(DomainFailure) -> DomainReply {
        let reply: DomainReply
        do {
            let line = try process.exchange(try JSONEncoder().encode(query), within: patience, isInterrupted: isInterrupted)
            reply = try JSONDecoder().decode(DomainReply.self, from: line)
        } catch let trouble as HelperProcess.Trouble {
            throw trouble.failure(attempt, patience)
        } catch {
            throw DomainFailure(.unreachable, attempt: attempt, words: "weft-libvirt answered what cannot be read: \(error)")
        }
        if case .failed(var failure) = reply {
            failure.attempt = attempt
            throw failure
        }
        return reply
    }
}

extension HelperProcess.Trouble {
    /// What it means for what was attempted.
    fileprivate func failure(_ attempt: String, _ patience: Duration) -> DomainFailure {
        switch self {
        case .timedOut:
            return DomainFailure(
                .timedOut, attempt: attempt, words: "libvirt has not answered within \(patience.components.seconds) seconds",
                fix: "see what it waits for: `journalctl -u libvirtd`; then run `weft vm list`")
        case .interrupted:
            return DomainFailure(
                .guest, attempt: attempt, words: "the waiting for the guest was interrupted",
                fix: "the request stands, and the guest may still answer it: see `weft vm list`")
        case .ended(let words) where words.contains("error while loading shared libraries"):
            return DomainFailure(
                .notInstalled, attempt: attempt, words: "libvirt's library is not installed (\(words))", fix: "install libvirt0")
        case .ended(let words):
            return DomainFailure(
                .unreachable, attempt: attempt, words: "weft-libvirt has ended before it answered\(words.isEmpty ? "" : ": \(words)")",
                fix: "run `weft vm list` to see what is so now")
        }
    }
}
