internal import CNetlink
internal import Glibc

/// Small files of the system's, read without Foundation.
package enum SystemFiles {
    /// A whole file; `nil` where it cannot be read. Files of /proc tell no length, so it is read until its end.
    package static func text(of path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return text(from: descriptor)
    }

    /// All that a descriptor gives until its end; `nil` if it cannot be read.
    static func text(from descriptor: Int32) -> String? {
        var content: [UInt8] = []
        // As much as a file of /proc gives at once; a larger buffer would only have to be cleared for each of them.
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: content, as: UTF8.self) }
            content.append(contentsOf: buffer[..<count])
        }
    }

    /// A file as a network namespace has it, such as one of `/proc/sys/net`: as much as there is room for. `nil` where it cannot be read.
    static func text(of path: String, in namespace: NetworkNamespace, capacity: Int = 1 << 18) -> String? {
        var descriptor: Int32 = -1
        if let name = namespace.name {
            descriptor = unsafe open("\(NetworkNamespace.directory)/\(name)", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
        }
        defer { if descriptor >= 0 { close(descriptor) } }
        var buffer = [UInt8](repeating: 0, count: capacity)
        let count = unsafe path.withCString { path in
            unsafe buffer.withUnsafeMutableBytes { bytes in
                var reading = unsafe weft_reading()
                unsafe reading.namespace_descriptor = descriptor
                unsafe reading.path = path
                unsafe reading.buffer = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                unsafe reading.capacity = bytes.count
                return unsafe weft_read_in_namespace(&reading)
            }
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// Whether a text holds another one, byte for byte: for files of megabytes.
    static func text(_ text: String, holds part: String) -> Bool {
        unsafe text.withCString { text in unsafe part.withCString { unsafe strstr(text, $0) != nil } }
    }

    /// Whether there is anything at a path.
    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Where a symbolic link leads, in its own words; `nil` for what is none.
    package static func target(of path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
