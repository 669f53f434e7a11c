internal import ArgumentParser
internal import HostNetwork

/// `weft vm detach`
struct VMDetachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detach",
        abstract: "Unplug an interface of a domain; done when it is gone.",
        discussion: """
            A running guest has to give the card up. One that does not within --timeout keeps it, and the stored configuration keeps \
            it too; the exit status is then 1.
            """)

    @Argument(help: "The domain's name or UUID.")
    var domain: String

    @Option(name: .long, help: ArgumentHelp("The interface's address.", valueName: "address"))
    var mac: MACArgument

    @Option(name: .long, help: ArgumentHelp("How long a running guest may take.", valueName: "seconds"))
    var timeout: Double = 30

    @OptionGroup var options: VMChangeOptions
    @OptionGroup var connection: ConnectOptions
    @OptionGroup var namespace: NamespaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout: between 0 and 3600 seconds.") }
    }

    func run() throws {
        let run = VMChangeRun(connection: connection, namespace: namespace, output: output, options: options)
        try run.run(domain, patience: timeout) { domain, _ in
            try domain.requireInterface(mac.mac, output: output)
            return WantedInterface(mac: mac.mac, isPresent: false)
        }
    }
}
