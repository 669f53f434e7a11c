internal import Glibc

/// Lets the kernel hurry through its RCU grace periods (`/sys/kernel/rcu_expedited`), for which the deletion of a link waits
/// several times: then links go 20 to 40 times as fast.
///
/// The switch is the whole machine's, and each expedited grace period interrupts every processor: so it is asked for, and it
/// is put back when the value ends, however that comes about. A process that is killed cannot do that. So the former
/// setting is kept in a file, and the lock on that file tells whether anybody is still at work: whoever comes next and
/// finds nobody puts the setting back, see ``recover()``.
public struct ExpeditedRCU: ~Copyable {
    private let descriptor: Int32
    private let switchPath: String

    /// Where the switch is.
    public static let defaultSwitch = "/sys/kernel/rcu_expedited"
    /// Where the former setting is kept; beside the directories of the namespaces, for it is no namespace's.
    public static let defaultRecord = "\(StateDirectory.defaultRoot)/rcu-expedited"

    private init(descriptor: Int32, switchPath: String) {
        self.descriptor = descriptor
        self.switchPath = switchPath
    }

    /// Turns the switch on for as long as the value lives. Several processes may; the last one turns it back.
    /// - Throws: ``ChangeError/stateDirectory(path:problem:)`` where the switch is missing or may not be turned.
    public static func begin(record: String = defaultRecord, switch switchPath: String = defaultSwitch) throws(ChangeError) -> ExpeditedRCU {
        let descriptor = unsafe open(record, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .stateDirectory(path: record, problem: errorText(errno)) }
        let own = ExpeditedRCU(descriptor: descriptor, switchPath: switchPath)
        // Somebody is at work who has turned it on already.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            _ = flock(descriptor, LOCK_SH)
            return own
        }
        // What one that was killed has left is the former setting.
        if text(of: descriptor).isEmpty {
            guard let former = setting(switchPath) else { throw .stateDirectory(path: switchPath, problem: errorText(errno)) }
            guard put(former, at: descriptor) else { throw .stateDirectory(path: record, problem: errorText(errno)) }
        }
        guard set("1", switchPath) else {
            let problem = errorText(errno)
            _ = ftruncate(descriptor, 0)
            throw .stateDirectory(path: switchPath, problem: problem)
        }
        _ = flock(descriptor, LOCK_SH)
        return own
    }

    /// Puts back what a process that was killed has left turned on. Does nothing where there is no such thing.
    public static func recover(record: String = defaultRecord, switch switchPath: String = defaultSwitch) {
        let descriptor = unsafe open(record, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = ExpeditedRCU(descriptor: descriptor, switchPath: switchPath)
    }

    deinit {
        // Nobody else is at work: the lock can be had alone.
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
            let former = Self.text(of: descriptor)
            if !former.isEmpty, Self.set(former, switchPath) { _ = ftruncate(descriptor, 0) }
        }
        close(descriptor)
    }

    private static func setting(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return text(of: descriptor)
    }

    private static func set(_ value: String, _ path: String) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return put(value, at: descriptor)
    }

    private static func put(_ value: String, at descriptor: Int32) -> Bool {
        let bytes = Array(value.utf8)
        return unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
    }

    /// The number in a file; empty where there is none.
    private static func text(of descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)).prefix { $0 >= 48 && $0 <= 57 }, as: UTF8.self)
    }
}
