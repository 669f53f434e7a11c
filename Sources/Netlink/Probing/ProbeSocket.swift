internal import CNetlink
internal import Glibc
internal import HostNetwork

/// A non-blocking socket of a network namespace, for one question.
struct ProbeSocket: ~Copyable {
    let descriptor: Int32

    /// Opens a socket; `nil` where the system or the namespace refuses it: then nothing is answered.
    static func open(in namespace: NetworkNamespace, domain: Int32, type: Int32, protocol number: Int32) -> ProbeSocket? {
        var request = weft_socket_request()
        request.domain = domain
        request.type = type | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        request.protocol = number
        if namespace == .current {
            unsafe weft_socket_here(&request)
        } else {
            guard let file = try? namespace.open() else { return nil }
            defer { close(file) }
            request.namespace_descriptor = file
            guard unsafe weft_socket_in_namespace(&request) == 0 else { return nil }
        }
        return request.descriptor >= 0 ? ProbeSocket(descriptor: request.descriptor) : nil
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Waits until the socket can be read or written.
    func isReady(_ events: Int32, until deadline: Deadline) -> Bool {
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = unsafe poll(&waiting, 1, deadline.millisecondsLeft)
            if count > 0 { return true }
            if count == 0 || errno != EINTR { return false }
        }
    }

    /// Receives until one message is the answer, or the time is up.
    func receives(until deadline: Deadline, _ isAnswer: ([UInt8]) -> Bool) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while isReady(POLLIN, until: deadline) {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 { if errno == EAGAIN || errno == EINTR { continue } else { return false } }
            if isAnswer(Array(buffer[..<count])) { return true }
        }
        return false
    }
}

/// A moment on the clock that nobody sets.
struct Deadline {
    private let moment: Int64

    init(_ milliseconds: Int) { moment = Self.now + Int64(milliseconds) }

    var millisecondsLeft: Int32 { Int32(clamping: max(0, moment - Self.now)) }

    private static var now: Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}

extension IPAddress {
    /// `AF_INET` or `AF_INET6`.
    var domain: Int32 { family == .ipv4 ? AF_INET : AF_INET6 }

    /// The address as the socket calls take it.
    /// - Parameter link: the index of the link that a link-local address means.
    func withSocketAddress<R>(port: UInt16, link: Int32?, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var storage = sockaddr_storage()
        let bytes = bytes
        let length = unsafe withUnsafeMutableBytes(of: &storage) { raw -> Int in
            unsafe raw.storeBytes(of: UInt16(domain), as: UInt16.self)
            unsafe raw.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            let offset = family == .ipv4 ? MemoryLayout<sockaddr_in>.offset(of: \.sin_addr)! : MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr)!
            for (place, byte) in bytes.enumerated() { unsafe raw[offset + place] = byte }
            guard family == .ipv6 else { return MemoryLayout<sockaddr_in>.size }
            let scope = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_scope_id)!
            if isIPv6LinkLocal, let link { unsafe raw.storeBytes(of: UInt32(link), toByteOffset: scope, as: UInt32.self) }
            return MemoryLayout<sockaddr_in6>.size
        }
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
        }
    }
}
