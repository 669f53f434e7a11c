/// Whose address a bond has (`fail_over_mac`).
extension Link {
    /// Whether a bond's address is an affair of its ports: while it is, the kernel answers success to whoever sets another, and
    /// sets nothing.
    public var passesOverMAC: Bool { bondMode == .activeBackup && options.number(.failOverMAC) ?? 0 != 0 }

    /// Whether a bond whose address is set gives it to all of its ports, though each of them is to have one of its own
    /// (`bond_set_mac_address()` in mode 5).
    public var givesPortsItsMAC: Bool { bondMode == .balanceTLB }

    /// Whether a bond has the address of its active port, whichever that is.
    public var hasMACOfActivePort: Bool { passesOverMAC && options[.failOverMAC] == .number(1) }
}
