internal import Glibc
public import HostNetwork
public import Netlink
internal import Synchronization

/// Watches links lose their master and get one while a change is under way: by the kernel's messages, each with the time at which it
/// was heard.
///
/// A thread of its own listens. A message tells no time of its own: what is counted begins where nothing was there to be heard yet, and
/// ends where the message was heard, so that it is rather too long than too short.
public final class PortWatch: @unchecked Sendable {
    /// What was heard of a link that has lost a master or got one.
    struct Gap: Hashable {
        /// The longest time between a loss and what came after it; `nil` where only one of the two was heard.
        var longest: Duration?
        /// Since when it has been without one.
        fileprivate var since: ContinuousClock.Instant?
    }

    /// The thread's alone until it has ended.
    private var monitor: LinkMonitor
    private var gaps: [LinkName: Gap] = [:]
    /// The links that have a master.
    private var ports: Set<LinkName>
    private var isWhole = true
    private var thread = pthread_t()
    private let isEnding = Atomic(false)

    private init(_ monitor: consuming LinkMonitor, _ ports: Set<LinkName>) {
        self.monitor = monitor
        self.ports = ports
    }

    /// Begins; `nil` where the kernel gives no such socket, or the system no thread: then nothing is measured.
    /// - Parameter network: the network as it is now.
    public static func start(_ network: HostNetwork, in namespace: NetworkNamespace) -> PortWatch? {
        guard let monitor = try? LinkMonitor.open(in: namespace) else { return nil }
        let watch = PortWatch(monitor, Set(network.links.values.lazy.filter { $0.master != nil }.map(\.name)))
        let box = unsafe Unmanaged.passRetained(watch)
        let problem = unsafe pthread_create(&watch.thread, nil, { pointer in
            unsafe pointer.map { unsafe Unmanaged<PortWatch>.fromOpaque($0).takeRetainedValue().listen() }
            return nil
        }, box.toOpaque())
        guard problem == 0 else {
            unsafe box.release()
            return nil
        }
        return watch
    }

    private func listen() {
        while isWhole {
            let isLast = isEnding.load(ordering: .acquiring)
            do {
                let quiet = ContinuousClock.now
                let events = try monitor.events(waiting: isLast ? 0 : 1)
                let now = ContinuousClock.now
                for event in events { note(event, from: quiet, to: now) }
            } catch {
                isWhole = false
            }
            if isLast { return }
        }
    }

    /// - Parameters:
    ///   - quiet: when it was not there yet.
    ///   - now: when it was heard.
    private func note(_ event: LinkMonitor.Event, from quiet: ContinuousClock.Instant, to now: ContinuousClock.Instant) {
        if event.isDeleted {
            gaps[event.name] = nil
            ports.remove(event.name)
        } else if event.master == nil {
            if ports.remove(event.name) != nil { gaps[event.name, default: Gap()].since = quiet }
        } else if ports.insert(event.name).inserted {
            var gap = gaps[event.name] ?? Gap()
            if let since = gap.since { gap.longest = max(gap.longest ?? .zero, now - since) }
            gap.since = nil
            gaps[event.name] = gap
        }
    }

    /// Ends, once everything is heard that has been told so far.
    /// - Returns: the links that have lost a master or got one; `nil` where the kernel has told more than could be heard.
    func finish() -> [LinkName: Gap]? {
        isEnding.store(true, ordering: .releasing)
        pthread_join(thread, nil)
        return isWhole ? gaps : nil
    }
}
