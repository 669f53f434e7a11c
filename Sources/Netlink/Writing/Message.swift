internal import CNetlink

/// One netlink message while it is built: libnl's `nl_msg`, whose memory is used again from message to message.
@safe struct Message: ~Copyable {
    private let handle: OpaquePointer
    /// Whether everything fitted so far. The longest message is a VLAN
    /// table in which every other id is treated otherwise: 32 KB.
    private(set) var isWhole = true

    /// An empty message. Without memory libnl answers null, and a Swift program has ended before that.
    init(capacity: Int = 48 * 1024) { unsafe handle = nlmsg_alloc_size(capacity)! }

    /// Takes over a message that libnl's route library has built. That leaves `NLM_F_REQUEST` to libnl's own sending, and the
    /// kernel acknowledges a message without it as done, having done nothing.
    init(adopting handle: OpaquePointer) {
        unsafe self.handle = handle
        unsafe nlmsg_hdr(handle).pointee.nlmsg_flags |= UInt16(NLM_F_REQUEST)
    }

    deinit { unsafe nlmsg_free(handle) }

    /// A request for everything of one sort.
    /// - Parameters:
    ///   - header: the fixed header; strict checking wants all but its family zero.
    ///   - extended: what else to tell, or to leave out (`IFLA_EXT_MASK`).
    static func dump(_ type: some BinaryInteger, _ header: some BitwiseCopyable, extended: UInt32? = nil) -> Message {
        var message = Message(capacity: 256)
        message.begin(type, NLM_F_DUMP, header)
        if let extended { message.put(IFLA_EXT_MASK, extended) }
        return message
    }

    /// Begins anew with a message of this type, flags and fixed header.
    mutating func begin<Header: BitwiseCopyable>(_ type: some BinaryInteger, _ flags: Int32, _ header: Header) {
        isWhole = true
        let message = unsafe nlmsg_hdr(handle)!
        unsafe message.pointee.nlmsg_len = UInt32(MemoryLayout<nlmsghdr>.size)
        unsafe message.pointee.nlmsg_type = UInt16(type)
        unsafe message.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST | flags)
        var header = header
        let result = unsafe nlmsg_append(handle, &header, MemoryLayout<Header>.size, Int32(NLMSG_ALIGNTO))
        if result < 0 { isWhole = false }
    }

    /// Adds an attribute that is a number, in as many bytes as its type has.
    mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(_ attribute: some BinaryInteger, _ number: Number) {
        put(attribute, plain: number)
    }

    /// Adds an attribute that is one of the kernel's structures.
    mutating func put<Value: BitwiseCopyable>(_ attribute: some BinaryInteger, plain value: Value) {
        var value = value
        if unsafe nla_put(handle, Int32(attribute), Int32(MemoryLayout<Value>.size), &value) < 0 { isWhole = false }
    }

    /// Adds a text with its final zero.
    mutating func put(_ attribute: some BinaryInteger, _ text: String) {
        if unsafe nla_put_string(handle, Int32(attribute), text) < 0 { isWhole = false }
    }

    /// Adds bytes as they are.
    mutating func put(_ attribute: some BinaryInteger, _ bytes: [UInt8]) {
        let result = unsafe bytes.withUnsafeBytes { unsafe nla_put(handle, Int32(attribute), Int32($0.count), $0.baseAddress) }
        if result < 0 { isWhole = false }
    }

    /// Adds attributes that are encoded already, each padded.
    mutating func append(encoded bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        let result = unsafe bytes.withUnsafeBytes { unsafe nlmsg_append(handle, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count, Int32(NLMSG_ALIGNTO)) }
        if result < 0 { isWhole = false }
    }

    /// The numbers of attributes that are encoded one behind the other.
    static func attributes(in bytes: [UInt8]) -> [Int] {
        var numbers: [Int] = []
        var place = 0
        while place + 4 <= bytes.count {
            let length = Int(bytes[place]) | Int(bytes[place + 1]) << 8
            guard length >= 4 else { break }
            numbers.append((Int(bytes[place + 2]) | Int(bytes[place + 3]) << 8) & ~Int(NLA_F_NESTED))
            place += (length + 3) & ~3
        }
        return numbers
    }

    /// Adds a nest of what the body adds, even if that is nothing.
    mutating func nest<Failure: Error>(
        _ attribute: some BinaryInteger, _ body: (inout Message) throws(Failure) -> Void
    ) throws(Failure) {
        guard let start = unsafe nla_nest_start(handle, Int32(attribute)) else {
            isWhole = false
            return
        }
        try body(&self)
        if unsafe nla_nest_end_keep_empty(handle, start) < 0 { isWhole = false }
    }

    /// Calls the body with the finished message.
    private borrowing func withBytes<Result>(sequence: UInt32, port: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let message = unsafe nlmsg_hdr(handle)!
        unsafe message.pointee.nlmsg_seq = sequence
        unsafe message.pointee.nlmsg_pid = port
        // libnl keeps every attribute padded, so that the length is always a multiple of four.
        return unsafe body(UnsafeRawBufferPointer(start: message, count: Int(message.pointee.nlmsg_len)))
    }

    /// The finished message.
    borrowing func bytes(sequence: UInt32, port: UInt32) -> [UInt8] {
        unsafe withBytes(sequence: sequence, port: port) { unsafe [UInt8]($0) }
    }

    /// Adds the finished message to others.
    borrowing func append(to bytes: inout [UInt8], sequence: UInt32, port: UInt32) {
        unsafe withBytes(sequence: sequence, port: port) { unsafe bytes.append(contentsOf: $0) }
    }
}
