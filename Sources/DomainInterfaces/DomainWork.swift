internal import DomainService
internal import DomainXML
internal import Foundation
internal import Glibc
internal import HostNetwork

/// Doing things to domains, each to its true end.
struct DomainWork {
    let connection: LibvirtConnection

    /// Does one thing, and returns when it is done.
    /// - Throws: ``LibvirtError``, ``DomainXMLError`` or ``/DomainService/DomainFailure``.
    func perform(_ action: DomainAction) throws {
        switch action {
        case .attach(let uuid, let mac, let settings, let side):
            try connection.domain(uuid: uuid).attach(DomainXML.device(mac: mac, settings), side)
        case .update(let uuid, let mac, let settings, let side):
            let domain = try connection.domain(uuid: uuid)
            let device = try device(of: mac, domain, side)
            stopIfAsked()
            try domain.update(DomainXML.device(device.xml, changing: settings), side)
        case .raiseLink(let uuid, let mac):
            let domain = try connection.domain(uuid: uuid)
            let device = try device(of: mac, domain, .live)
            try domain.update(DomainXML.device(device.xml, changing: DomainDeviceSettings(isLinkUp: true)), .live)
        case .detach(let uuid, let mac, .stored, _):
            let domain = try connection.domain(uuid: uuid)
            try domain.detachStored(device(of: mac, domain, .stored).xml)
        case .detach(let uuid, let mac, .live, let patience):
            try detach(mac, from: connection.domain(uuid: uuid), patience)
        case .restore(let uuid, let device, let side):
            let domain = try connection.domain(uuid: uuid)
            if try domain.devices(side).contains(where: { $0.mac == device.mac }) {
                try domain.update(device.xml, side)
            } else {
                try domain.attach(device.xml, side)
            }
        }
    }

    /// A test stops the program between its reading and its doing, to change what was read. No release build contains this.
    private func stopIfAsked() {
        #if DEBUG
            if unsafe getenv("WEFT_TEST_STOP_BEFORE_UPDATE") != nil { raise(SIGSTOP) }
        #endif
    }

    private func device(of mac: MACAddress, _ domain: DomainHandle, _ side: DomainSide) throws -> DomainDevice {
        guard let device = try domain.devices(side).first(where: { $0.mac == mac }) else {
            throw DomainFailure(
                .refused, attempt: "", words: "the domain has no interface \(mac) in its \(side.rawValue) configuration",
                fix: "`weft vm list` shows its interfaces")
        }
        return device
    }

    /// libvirt's call only asks the guest. Whether it has given the interface up is read from the running configuration.
    private func detach(_ mac: MACAddress, from domain: DomainHandle, _ patience: Double) throws {
        let device = try device(of: mac, domain, .live)
        guard let alias = device.alias else { throw DomainFailure(.refused, attempt: "", words: "libvirt has no alias for the interface") }
        do {
            try domain.askToDetach(alias: alias)
        } catch {
            // Asked before, and not answered yet: then this waits for it.
            guard error.isUnplugging else { throw error }
        }
        let end = ContinuousClock.now + .seconds(patience)
        while true {
            guard try domain.devices(.live).contains(where: { $0.alias == alias && $0.mac == mac }) else { return }
            guard ContinuousClock.now < end else { break }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw DomainFailure(
            .guest, attempt: "", words: "the guest has not given it up within \(patience.formatted()) s",
            fix: "the request stands, and a guest that starts or wakes up may still answer it; or shut the domain down")
    }
}

extension LibvirtError {
    /// Whether qemu says that the device is being unplugged already.
    fileprivate var isUnplugging: Bool { words.contains("in the process of unplug") }
}
