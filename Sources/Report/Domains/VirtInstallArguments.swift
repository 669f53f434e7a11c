public import HostNetwork

/// Interfaces as `virt-install` wants them: a line a domain, its name first, then the arguments, quoted for a shell.
public enum VirtInstallArguments {
    /// The interfaces that are left out, for they hang on no bridge and no network; a sentence each.
    public static func leftOut(of snapshot: DomainSnapshot) -> [String] {
        snapshot.domains.flatMap { domain in
            domain.interfaces.compactMap { $0.stored ?? $0.live }.filter { !isSayable($0) }.map { "left out: \(domain.name) \($0.mac) (\($0.place))" }
        }
    }

    /// Whether a few words say where an interface hangs.
    private static func isSayable(_ device: DomainDevice) -> Bool { device.isOnBridge || device.type == "user" }

    /// The domains as they are stored, or, where they are not, as they run.
    public static func text(of snapshot: DomainSnapshot) -> String {
        snapshot.domains.map { domain in
            line(domain.name, domain.interfaces.compactMap { $0.stored ?? $0.live }.filter { isSayable($0) }.map { device in
                argument(
                    network: device.network, mac: device.mac,
                    DomainDeviceSettings(
                        bridge: device.bridge, model: device.model, mtu: device.mtu, isIsolated: device.isIsolated, isLinkUp: device.isLinkUp))
            })
        }.joined()
    }

    /// The domains of a topology, with the MACs that weft will know their interfaces by.
    public static func text(of domains: [WantedDomain], host: String) -> String {
        domains.map { domain in
            line(domain.name, domain.interfaces.enumerated().filter(\.element.isPresent).map { place, interface in
                var settings = interface.settings
                settings.model = settings.model ?? "virtio"
                return argument(
                    network: nil, mac: interface.mac ?? domain.derivedMAC(place, host: host), settings)
            })
        }.joined()
    }

    private static func line(_ name: String, _ arguments: [String]) -> String {
        "\(quoted(name)):\(arguments.isEmpty ? " --network none" : arguments.map { " --network \(quoted($0))" }.joined())\n"
    }

    private static func argument(network: String?, mac: MACAddress, _ settings: DomainDeviceSettings) -> String {
        var parts = [network.map { "network=\(escaped($0))" } ?? settings.bridge.map { "bridge=\(escaped($0))" } ?? "user"]
        parts.append("mac=\(mac)")
        if let model = settings.model { parts.append("model=\(model)") }
        if let target = settings.target { parts.append("target.dev=\(escaped(target))") }
        if let mtu = settings.mtu { parts.append("mtu.size=\(mtu)") }
        if settings.isIsolated == true { parts.append("port.isolated=yes") }
        if settings.isLinkUp == false { parts.append("link.state=down") }
        return parts.joined(separator: ",")
    }

    /// virt-install doubles a comma that is meant.
    private static func escaped(_ text: String) -> String { text.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,") }

    /// The text as one word for a shell.
    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || Array("-_.,:=/+".utf8).contains(byte)
        }
        return isPlain ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
