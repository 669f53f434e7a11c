internal import CNetlink
internal import Glibc
internal import HostNetwork

/// One message that was received. Valid within the handler that ``Socket/receive(_:)`` calls.
@safe struct ReceivedMessage {
    fileprivate let pointer: UnsafeMutablePointer<nlmsghdr>
    /// A copy of the header.
    private let header: nlmsghdr

    /// - Parameter pointer: a whole message, as `nlmsg_ok` says.
    init(_ pointer: UnsafeMutablePointer<nlmsghdr>) {
        unsafe self.pointer = pointer
        unsafe header = pointer.pointee
    }

    var type: Int { Int(header.nlmsg_type) }
    var sequence: UInt32 { header.nlmsg_seq }
    func hasFlag(_ flag: Int32) -> Bool { header.nlmsg_flags & UInt16(flag) != 0 }

    /// What follows the header: the fixed part of the message's type; `nil` if the message is shorter.
    func body<Body: BitwiseCopyable>(_ type: Body.Type) -> Body? {
        guard unsafe Int(nlmsg_datalen(pointer)) >= MemoryLayout<Body>.size else { return nil }
        return unsafe nlmsg_data(pointer).loadUnaligned(as: Body.self)
    }

    /// One attribute out of those behind this many bytes of body.
    func attribute(_ number: some BinaryInteger, after body: Int) -> Attribute? {
        guard let found = unsafe nlmsg_find_attr(pointer, Int32(body), Int32(number)) else { return nil }
        return unsafe Attribute(found)
    }

    /// Calls the body with each attribute behind this many bytes of body, of which a type may stand several times.
    func forEachAttribute(after body: Int, _ handle: (_ type: Int, Attribute) -> Void) {
        guard unsafe nlmsg_valid_hdr(pointer, Int32(body)) != 0 else { return }
        unsafe Netlink.forEachAttribute(from: nlmsg_attrdata(pointer, Int32(body)), length: Int(nlmsg_attrlen(pointer, Int32(body)))) { unsafe handle($0, Attribute($1)) }
    }
}

/// One attribute of a message that was received. Valid while its message is.
///
/// `@safe`: the payload is only read through members that check its length, and no attribute outlives the handler that
/// ``Socket/receive(_:)`` calls. An attribute that is too short reads as 0 or empty: it is the kernel's, not an enemy's.
@safe struct Attribute {
    private let pointer: UnsafeMutablePointer<nlattr>

    init(_ pointer: UnsafeMutablePointer<nlattr>) { unsafe self.pointer = pointer }

    private var length: Int { Int(unsafe pointer.pointee.nla_len) - MemoryLayout<nlattr>.size }

    /// The payload, for as long as the message lives.
    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: pointer + 1, count: length) }

    /// Whether the payload is a stretch of other bytes.
    func holds(_ others: borrowing [UInt8], at range: Range<Int>) -> Bool {
        guard length == range.count else { return false }
        return unsafe others.withUnsafeBytes { others in
            guard let start = others.baseAddress else { return length == 0 }
            return unsafe memcmp(start + range.lowerBound, pointer + 1, length) == 0
        }
    }

    var u8: UInt8 { number() }
    var u16: UInt16 { number() }
    var u32: UInt32 { number() }
    var u64: UInt64 { number() }
    var i32: Int32 { number() }

    /// A number of one, two, four or eight bytes.
    func number(of size: Int) -> UInt64 {
        switch size {
        case 1: UInt64(u8)
        case 2: UInt64(u16)
        case 4: UInt64(u32)
        default: u64
        }
    }

    private func number<Number: FixedWidthInteger & BitwiseCopyable>() -> Number {
        guard length >= MemoryLayout<Number>.size else { return 0 }
        return unsafe bytes.loadUnaligned(as: Number.self)
    }

    /// One of the kernel's structures; `nil` if the payload is shorter.
    func structure<Structure: BitwiseCopyable>(_ type: Structure.Type) -> Structure? {
        guard length >= MemoryLayout<Structure>.size else { return nil }
        return unsafe bytes.loadUnaligned(as: Structure.self)
    }

    /// One of an array of numbers of 32 bits; `nil` where the array is shorter, as an older kernel's is.
    func int32(at place: Int) -> Int32? {
        let offset = place * MemoryLayout<Int32>.size
        guard length >= offset + MemoryLayout<Int32>.size else { return nil }
        return unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)
    }

    /// The text up to its final zero, if it has one. What is no UTF-8 is repaired: it can be shown, but no more.
    var text: String {
        let payload = unsafe bytes
        let end = unsafe payload.firstIndex(of: 0) ?? payload.count
        return unsafe String(decoding: UnsafeRawBufferPointer(rebasing: payload[..<end]), as: UTF8.self)
    }

    var mac: MACAddress? {
        guard length == 6 else { return nil }
        let first = unsafe UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
        let last = unsafe UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
        return MACAddress(bits: UInt64(first) << 16 | UInt64(last))
    }

    var ipAddress: IPAddress? {
        let payload = unsafe bytes
        switch length {
        case 4: return unsafe .v4(UInt32(bigEndian: payload.loadUnaligned(as: UInt32.self)))
        case 16:
            return unsafe .v6(
                UInt64(bigEndian: payload.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        default: return nil
        }
    }

    /// The whole attribute, its header and padding included, as it can be put into another message.
    var encoded: [UInt8] {
        let whole = unsafe UnsafeRawBufferPointer(start: pointer, count: Int(unsafe pointer.pointee.nla_len))
        let bytes = unsafe [UInt8](whole)
        return bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    /// Calls the body with each attribute of the nest, in its order and with its type. For nests that repeat a type or that
    /// count in it; others are parsed into an ``AttributeTable``.
    /// - Parameter size: the bytes of a structure that stands before them.
    func forEachNested(after size: Int = 0, _ body: (_ type: Int, Attribute) -> Void) {
        let start = (size + 3) & ~3
        unsafe forEachAttribute(from: UnsafeMutableRawPointer(pointer + 1) + start, length: length - start) { unsafe body($0, Attribute($1)) }
    }

    /// The pointer for ``AttributeTable``.
    fileprivate var raw: UnsafeMutablePointer<nlattr> { unsafe pointer }
}

/// Goes over the attributes in a stretch of memory: along the kernel's structure, and not by libnl's functions, of which each would be a
/// call into a library. A thousand VLANs with their bridges tell a hundred thousand attributes.
@inline(__always)
private func forEachAttribute(
    from start: UnsafeMutableRawPointer, length: Int, _ body: (_ type: Int, UnsafeMutablePointer<nlattr>) -> Void
) {
    var next = unsafe start
    var remaining = length
    while remaining >= MemoryLayout<nlattr>.size {
        let attribute = unsafe next.assumingMemoryBound(to: nlattr.self)
        let size = Int(unsafe attribute.pointee.nla_len)
        guard size >= MemoryLayout<nlattr>.size, size <= remaining else { return }
        unsafe body(Int(attribute.pointee.nla_type) & ~Int(NLA_F_NESTED | NLA_F_NET_BYTEORDER), attribute)
        let step = (size + 3) & ~3
        unsafe next += step
        remaining -= step
    }
}

/// The attributes of one level of a message by number, found by one pass. The memory is used again for the next.
///
/// Numbers above the table's, from a kernel newer than the headers, are passed over.
@safe struct AttributeTable: ~Copyable {
    private let slots: UnsafeMutablePointer<UnsafeMutablePointer<nlattr>?>
    private let highest: Int

    /// - Parameter highest: the highest attribute number that is looked at, such as `IFLA_MAX`.
    init(highest: Int) {
        self.highest = highest
        unsafe slots = .allocate(capacity: highest + 1)
        unsafe slots.initialize(repeating: nil, count: highest + 1)
    }

    deinit { unsafe slots.deallocate() }

    /// Finds the attributes behind a message's fixed header of this many bytes.
    borrowing func parse(_ message: ReceivedMessage, after header: Int) {
        guard unsafe nlmsg_valid_hdr(message.pointer, Int32(header)) != 0 else { return clear() }
        unsafe fill(from: nlmsg_attrdata(message.pointer, Int32(header)), length: Int(nlmsg_attrlen(message.pointer, Int32(header))))
    }

    /// Finds the attributes in a nest; of `nil`, none.
    borrowing func parse(_ nest: Attribute?) {
        guard let nest else { return clear() }
        unsafe fill(from: UnsafeMutableRawPointer(nest.raw + 1), length: nest.bytes.count)
    }

    /// Finds the attributes in a stretch of memory.
    borrowing func parse(_ first: UnsafeMutablePointer<nlattr>, length: Int32) {
        unsafe fill(from: first, length: Int(length))
    }

    private borrowing func fill(from first: UnsafeMutableRawPointer, length: Int) {
        clear()
        unsafe forEachAttribute(from: first, length: length) { type, attribute in
            if type <= highest { unsafe slots[type] = attribute }
        }
    }

    private borrowing func clear() { unsafe slots.update(repeating: nil, count: highest + 1) }

    /// The attribute of a number.
    subscript(_ number: some BinaryInteger) -> Attribute? {
        let number = Int(number)
        guard number <= highest, let pointer = unsafe slots[number] else { return nil }
        return unsafe Attribute(pointer)
    }

    /// A route's attribute: these alone have a type of their own in the headers.
    subscript(_ number: rtattr_type_t) -> Attribute? { self[number.rawValue] }

    /// The attributes whose number the predicate takes, as they came.
    borrowing func encoded(where predicate: (Int) -> Bool) -> [UInt8] {
        (0...highest).flatMap { number -> [UInt8] in
            guard predicate(number), let pointer = unsafe slots[number] else { return [] }
            return unsafe Attribute(pointer).encoded
        }
    }

    /// Whether there is any attribute that the predicate takes.
    borrowing func contains(where predicate: (Int) -> Bool) -> Bool {
        (0...highest).contains { unsafe slots[$0] != nil && predicate($0) }
    }
}
