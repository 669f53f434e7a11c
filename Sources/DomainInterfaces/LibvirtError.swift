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
    var failure: DomainFailure {
        DomainFailure(isUnreachable ? .unreachable : .refused, attempt: "", words: words, code: code, fix: fix)
    }

    private var isUnreachable: Bool {
        [VIR_ERR_NO_CONNECT, VIR_ERR_SYSTEM_ERROR, VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_UNAVAILABLE, VIR_ERR_INVALID_CONN, VIR_ERR_AUTH_CANCELLED]
            .contains { $0.rawValue == code }
    }

    private var fix: String? {
        func isOne(_ codes: virErrorNumber...) -> Bool { codes.contains { $0.rawValue == code } }
        if isOne(VIR_ERR_SYSTEM_ERROR, VIR_ERR_NO_CONNECT) {
            return "start libvirt (`systemctl start libvirtd`), or name another connection: --connect URI"
        }
        if isOne(VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_UNAVAILABLE, VIR_ERR_AUTH_CANCELLED, VIR_ERR_OPERATION_DENIED) {
            return "run weft as root, or join the group libvirt"
        }
        if isOne(VIR_ERR_NO_DOMAIN) { return "`weft vm list` shows the domains" }
        if isOne(VIR_ERR_OPERATION_INVALID) { return "the domain may have stopped or started meanwhile: run the command again" }
        if isOne(VIR_ERR_NO_SUPPORT) { return "this connection's driver cannot do it: use qemu:///system" }
        return nil
    }
}
