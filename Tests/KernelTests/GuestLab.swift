import Foundation
import HostNetwork

/// Domains whose guests really boot: Debian's kernel and a megabyte of busybox, made by `scripts/lib/guest-image`. They ping one another and
/// tell on their serial lines what came of it.
struct BootedGuest: Sendable {
    let name: String
    let uuid: String
    /// What the guest has written to its serial line.
    private let serial: String
    private let xml: String

    private static var image: URL {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"].map { URL(filePath: $0) } ?? URL(filePath: environment["HOME"] ?? "/root").appending(path: ".cache")
        return cache.appending(path: "weft-lab/guest")
    }

    /// Defines a domain without an interface.
    /// - Parameters:
    ///   - address: its address, with the prefix's length.
    ///   - peers: whom it pings.
    ///   - givesUp: whether the guest answers where a card is to be unplugged.
    init(_ domains: DomainLab, _ name: String, number: Int, address: String, peers: [String], givesUp: Bool = true) throws {
        let image = Self.image
        guard FileManager.default.fileExists(atPath: image.appending(path: "initrd").path()) else {
            throw Lab.Failure(description: "there is no guest in \(image.path()): run scripts/lib/guest-image \(image.path())")
        }
        self.name = name
        uuid = String(format: "00000000-0000-4000-8000-00000000f%03x", number)
        serial = domains.hooks + "-\(name).serial"
        xml = """
            <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>\(name)</name><uuid>\(uuid)</uuid>
            <memory unit='MiB'>96</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type>
            <kernel>\(image.path())/kernel</kernel><initrd>\(image.path())/initrd</initrd>
            <cmdline>console=ttyS0 quiet addr=\(address) peers=\(peers.joined(separator: ","))\(givesUp ? "" : " acpiphp.disable=1")</cmdline></os>
            <features><acpi/></features><on_reboot>destroy</on_reboot>
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/><memballoon model='none'/>
            <serial type='file'><source path='\(serial)'/><target port='0'/></serial></devices>
            <qemu:capabilities><qemu:del capability='cpu-unavailable-features'/></qemu:capabilities></domain>
            """
        try domains.virsh(["define \(domains.file(name, xml))"])
    }

    /// All that the guest has said so far.
    var said: String { (try? String(contentsOfFile: serial, encoding: .utf8)) ?? "" }

    /// Waits until the guest says something, from here on unless it may have said it before. A guest's processor is computed, and slow:
    /// nobody forks meanwhile.
    func wait(for words: String, everSaid: Bool = false) throws {
        let before = everSaid ? 0 : said.utf8.count
        for _ in 0..<900 {
            if said.utf8.count >= before, String(decoding: said.utf8.dropFirst(before), as: UTF8.self).contains(words) { return }
            Thread.sleep(forTimeInterval: 0.3)
        }
        throw Lab.Failure(description: "\(name) has not said '\(words)': \(said.suffix(600))")
    }
}
