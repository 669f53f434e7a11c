internal import CLibvirt
internal import DomainService

/// What libvirt last refused in this thread.
struct LibvirtError: Error {
    /// libvirt's number (`virErrorNumber`).
    let code: Int
    /// libvirt's words.
    let words: String

    /// Reads the last error; libvirt keeps one a thread.
    static var last: LibvirtError {
        guard let error = unsafe virGetLastError() else { return LibvirtError(code: 0, words: "libvirt gave no reason") }
        let words = unsafe error.pointee.message.map { unsafe String(cString: $0) } ?? ""
        return unsafe LibvirtError(code: Int(error.pointee.code), words: words)
    }

    /// The failure for weft, which fills in what was attempted.
    /// - Parameter isConnected: whether libvirt still answers: one number stands for a libvirt that is not there and for whatever the host
    ///   has refused to it.
    func failure(isConnected: Bool) -> DomainFailure {
        DomainFailure(isConnected ? .refused : .unreachable, attempt: "", words: words, code: code, fix: isConnected ? fix : connectionFix)
    }

    private func isOne(_ codes: virErrorNumber...) -> Bool { codes.contains { $0.rawValue == code } }

    private var connectionFix: String {
        if isOne(VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_UNAVAILABLE, VIR_ERR_AUTH_CANCELLED, VIR_ERR_OPERATION_DENIED) || isDenied {
            return "run weft as root, or join the group libvirt"
        }
        if isOne(VIR_ERR_NO_CONNECT, VIR_ERR_INVALID_ARG) { return "name a connection that this libvirt has, such as --connect qemu:///system" }
        return "start libvirt (`systemctl start libvirtd`), or name another connection: --connect URI"
    }

    /// Whether the socket is there, and not for this user.
    private var isDenied: Bool { isOne(VIR_ERR_SYSTEM_ERROR) && words.contains("Permission denied") }

    /// What to do about something that was refused.
    private var fix: String {
        if isOne(VIR_ERR_OPERATION_DENIED, VIR_ERR_ACCESS_DENIED) { return "run weft as root, or join the group libvirt" }
        if isOne(VIR_ERR_NO_DOMAIN) { return "`weft vm list` shows the domains" }
        if isOne(VIR_ERR_NO_NETWORK) { return "define the network (`virsh net-list --all` shows those that are), or name a bridge" }
        if isOne(VIR_ERR_DEVICE_MISSING) { return "the interface may have gone meanwhile: `weft vm list` shows those that are there" }
        if isOne(VIR_ERR_OPERATION_INVALID) { return "the domain may have stopped or started meanwhile: run the command again" }
        if isOne(VIR_ERR_OPERATION_UNSUPPORTED) {
            return "a running domain's interface cannot be changed so: change the stored configuration (--config) and start the domain anew, or detach the interface and attach another"
        }
        if isOne(VIR_ERR_CONFIG_UNSUPPORTED) { return "mend in the domain's description what libvirt's words name: `virsh edit`" }
        if isOne(VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL) { return "libvirt cannot read such a description: write otherwise what its words name, a model or a name" }
        if isOne(VIR_ERR_NO_SUPPORT) { return "this connection's driver cannot do it: use qemu:///system" }
        if isOne(VIR_ERR_SYSTEM_ERROR) { return "the host has refused that to libvirt: see whether the bridge is still there, and `journalctl -u libvirtd`" }
        return "mend what libvirt's words name, and run the command again; `weft vm list` shows what is so now"
    }
}
