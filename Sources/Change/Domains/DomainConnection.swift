internal import DomainService
internal import Glibc
internal import HostNetwork

/// A way to libvirt that is opened when it is needed, and opened again where it was lost.
struct DomainConnection: ~Copyable {
    /// libvirt's name of the connection.
    let uri: String
    private var session: DomainSession?
    #if DEBUG
        /// How many actions were asked for.
        private var count = 0
    #endif

    /// Goes on with a session that may write.
    init(_ session: consuming DomainSession) {
        uri = session.uri
        self.session = consume session
    }

    /// Opens a session when it is needed.
    init(uri: String) {
        self.uri = uri
        session = nil
    }

    /// Does something, and returns when it is done.
    /// - Parameter isInterruptible: whether a signal ends the waiting for a guest.
    mutating func perform(_ action: DomainAction, _ attempt: String, isInterruptible: Bool = false) throws(DomainFailure) {
        stopIfAsked()
        try connect()
        do { try session?.perform(action, attempt, isInterrupted: { isInterruptible && SignalGuard.pending != nil }) } catch {
            // A helper that was killed, or has lost its libvirt, is of no use any more.
            if error.kind == .timedOut || error.kind == .unreachable || isInterruptible { session = nil }
            throw error
        }
    }

    /// Reads the domains.
    mutating func snapshot() throws(DomainFailure) -> DomainSnapshot {
        try connect()
        do {
            if let snapshot = try session?.snapshot() { return snapshot }
        } catch {
            session = nil
            throw error
        }
        throw DomainFailure(.unreachable, attempt: "read the domains of \(uri)", words: "there is no connection")
    }

    /// Reads the domains of a libvirt that may be about to come back: its manager starts it anew when it has died.
    mutating func snapshot(waiting patience: Duration) throws(DomainFailure) -> DomainSnapshot {
        let end = ContinuousClock.now + patience
        while true {
            do { return try snapshot() } catch {
                guard error.kind == .unreachable || error.kind == .refused, ContinuousClock.now < end else { throw error }
            }
            Clock.sleep(milliseconds: 500)
        }
    }

    private mutating func connect() throws(DomainFailure) {
        if session == nil { session = try DomainSession.open(uri, isReadOnly: false) }
    }

    /// A test stops the program between two actions, to kill it there, or libvirt. No release build contains this.
    private mutating func stopIfAsked() {
        #if DEBUG
            if let text = unsafe getenv("WEFT_TEST_STOP_BEFORE_DOMAIN_ACTION"), unsafe atoi(text) == Int32(count) { raise(SIGSTOP) }
            count += 1
        #endif
    }
}
