internal import ArgumentParser

/// The program's exit status, the same for every command.
extension ExitCode {
    /// Refused, or failed, with nothing touched.
    static let refused = ExitCode(1)
    /// A comparison found differences.
    static let differs = ExitCode(2)
    /// Failed, and rolled back.
    static let rolledBack = ExitCode(3)
    /// Failed, and not entirely rolled back.
    static let notRolledBack = ExitCode(4)
}
