/// Whose address a bond has (`fail_over_mac`).
extension Link {
    /// Whether a bond's address is an affair of its ports: while it is, the kernel answers success to whoever sets another, and
    /// sets nothing.
    public var passesOverMAC: Bool { bondMode == .activeBackup && options.number(.failOverMAC) ?? 0 != 0 }

    /// Whether a bond has the address of its active port, whichever that is.
    public var hasMACOfActivePort: Bool { passesOverMAC && options[.failOverMAC] == .number(1) }
}
