internal import HostNetwork

/// A connection to the kernel's network of one namespace: reads it whole, and changes it in batches.
///
/// The connection remembers which link has which index: ``snapshot()`` learns that, and ``perform(_:)`` keeps it up to
/// date with what it makes and deletes. So a snapshot comes before the first change.
///
///     var kernel = try KernelConnection.open()
///     let before = try kernel.snapshot()
///     let failures = try kernel.perform([.create(bridge), .addAddress(address, to: bridge.name)])
public struct KernelConnection: ~Copyable {
    /// The namespace that it is connected to.
    public let namespace: NetworkNamespace
    var socket: Socket
    var links: LinkIndexes
    /// The host's services that keep something about links, where they are to be read and changed along; `nil` in all other cases.
    public var services: (any LinkServiceControl)?
    /// The kernel, with what ``learnBackports(of:)`` has found out of it.
    var kernel: RunningKernel
    #if DEBUG
        /// What a test has go wrong; see ``InjectedFault``.
        package var fault: InjectedFault?
    #endif

    /// Connects to the kernel, in the program's own namespace or a named one.
    /// - Throws: ``NetlinkError`` on a kernel before 5.14, for a namespace that does not exist or may not be entered, and
    ///   where the system gives no socket.
    public static func open(in namespace: NetworkNamespace = .current) throws(NetlinkError) -> KernelConnection {
        // Answers to the longest chunk whose every message fails take a fifth of this.
        try open(in: namespace, receiveBufferSize: 8 << 20)
    }

    /// Connects with a receive buffer of a size that a test chooses, to see it overflow.
    package static func open(
        in namespace: NetworkNamespace, receiveBufferSize: Int32, firstIndex: Int32? = nil
    ) throws(NetlinkError) -> KernelConnection {
        let version = try KernelVersion.running()
        try version.requireSupported()
        var kernel = RunningKernel(version.number)
        kernel.tick = KernelTick.running()
        return KernelConnection(
            namespace: namespace, socket: try Socket.open(in: namespace, receiveBufferSize: receiveBufferSize), links: LinkIndexes(firstFree: firstIndex),
            kernel: kernel)
    }

    private init(namespace: NetworkNamespace, socket: consuming Socket, links: LinkIndexes, kernel: RunningKernel) {
        self.namespace = namespace
        self.socket = socket
        self.links = links
        self.kernel = kernel
    }

    /// A number that names the connection's namespace for as long as the system runs (`SO_NETNS_COOKIE`).
    public var namespaceCookie: UInt64 { socket.namespaceCookie }

    /// What the connection has done so far.
    public var statistics: Statistics { socket.statistics }
}
