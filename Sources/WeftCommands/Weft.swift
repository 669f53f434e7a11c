public import ArgumentParser

/// The command line.
public struct Weft: ParsableCommand {
    public static let configuration = CommandConfiguration(commandName: "weft", abstract: "Configures a host's bonds, VLANs and bridges from one file.")
    public init() {}
}
