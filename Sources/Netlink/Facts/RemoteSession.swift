internal import Glibc
public import HostNetwork

/// The SSH connection that a command was typed on.
public struct RemoteSession: Hashable, Sendable {
    /// Where the person is.
    public let client: IPAddress
    /// The host's address that the connection uses; `nil` where only `SSH_CLIENT` was there, which does not say it.
    public let server: IPAddress?
    /// The port that the host's end listens on.
    public let serverPort: UInt16?

    /// Reads `SSH_CONNECTION` (`CLIENT PORT SERVER PORT`) or `SSH_CLIENT` (`CLIENT PORT PORT`), whichever is there.
    /// - Returns: `nil` if neither is there, or can be read.
    public init?(connection: String?, client: String?) {
        if let words = connection?.split(separator: " "), words.count == 4, let from = Self.address(words[0]), let to = Self.address(words[2]) {
            self.client = from
            server = to
            serverPort = UInt16(words[3])
        } else if let words = client?.split(separator: " "), words.count == 3, let from = Self.address(words[0]) {
            self.client = from
            server = nil
            serverPort = UInt16(words[2])
        } else {
            return nil
        }
    }

    /// The session of this process. `sudo` takes the variables away, so the environments of the processes above are looked at too.
    public static func find() -> RemoteSession? {
        var process = getpid()
        for _ in 0..<32 where process > 1 {
            if let session = session(of: process) { return session }
            guard let parent = parent(of: process) else { return nil }
            process = parent
        }
        return nil
    }

    private static func session(of process: pid_t) -> RemoteSession? {
        // The process's own environment may have changed since it began; that of the others cannot be asked otherwise.
        if process == getpid() { return RemoteSession(connection: variable("SSH_CONNECTION"), client: variable("SSH_CLIENT")) }
        guard let text = SystemFiles.text(of: "/proc/\(process)/environ") else { return nil }
        var values: [Substring: String] = [:]
        for entry in text.split(separator: "\0") where entry.hasPrefix("SSH_C") {
            let parts = entry.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = String(parts[1]) }
        }
        return RemoteSession(connection: values["SSH_CONNECTION"], client: values["SSH_CLIENT"])
    }

    private static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

    private static func parent(of process: pid_t) -> pid_t? {
        guard let status = SystemFiles.text(of: "/proc/\(process)/status") else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }
        return line.flatMap { pid_t($0.dropFirst(5).drop { $0 == "\t" || $0 == " " }) }
    }

    /// An address without its zone; an IPv4 address in IPv6 clothes is one.
    private static func address(_ word: Substring) -> IPAddress? {
        let text = String(word.prefix { $0 != "%" })
        return try? IPAddress(text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text)
    }
}
