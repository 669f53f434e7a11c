internal import HostNetwork

extension LookAlike {
    /// How many cells a blank takes, ASCII or not; 0 for all that is no blank.
    static func blankWidth(of scalar: Unicode.Scalar) -> Int {
        if TextScan.isBlank(scalar) { return 1 }
        return ascii(for: scalar) == " " ? max(1, scalar.displayWidth) : 0
    }
}
