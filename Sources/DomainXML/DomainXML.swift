internal import Foundation
internal import FoundationXML
public import HostNetwork

/// libvirt's description of a domain's interfaces, read and written by an XML library: whatever a name holds, it arrives.
public enum DomainXML {
    /// Reads the interfaces of a domain's description (`virDomainGetXMLDesc`). One without a MAC, as libvirt itself never tells, is left out.
    /// - Throws: ``DomainXMLError`` where the text is no domain.
    public static func devices(inDomain xml: String) throws(DomainXMLError) -> [DomainDevice] {
        let document = try Document(xml, root: "domain")
        return withExtendedLifetime(document) {
            document.root.elements(forName: "devices").flatMap { $0.elements(forName: "interface") }.compactMap { device($0) }
        }
    }

    /// Whether libvirt makes the bridge of a network (`virNetworkGetXMLDesc`), and does not only use one of the host's.
    /// - Throws: ``DomainXMLError`` where the text is no network.
    public static func makesItsBridge(network xml: String) throws(DomainXMLError) -> Bool {
        let document = try Document(xml, root: "network")
        return withExtendedLifetime(document) {
            let root = document.root
            return root.value("forward", "mode") != "bridge" && root.value("bridge", "name") != nil && root.value("virtualport", "type") == nil
        }
    }

    /// The element of a new interface on a bridge; a card of which nothing is said is `virtio`.
    public static func device(mac: MACAddress, _ settings: DomainDeviceSettings) -> String {
        let interface = XMLElement(name: "interface")
        interface.set("type", to: "bridge")
        interface.child("mac").set("address", to: mac.description)
        var settings = settings
        settings.model = settings.model ?? "virtio"
        apply(settings, to: interface)
        return interface.xmlString
    }

    /// An interface's element with other settings; what they do not say stays, libvirt's addresses and drivers with it.
    /// - Throws: ``DomainXMLError`` where the text is no interface.
    public static func device(_ xml: String, changing settings: DomainDeviceSettings) throws(DomainXMLError) -> String {
        let document = try Document(xml, root: "interface")
        return withExtendedLifetime(document) {
            apply(settings, to: document.root)
            return document.root.xmlString
        }
    }

    /// A document that was read. Its elements' memory is the document's: they must not outlive it.
    private struct Document {
        private let document: XMLDocument
        let root: XMLElement

        init(_ xml: String, root name: String) throws(DomainXMLError) {
            // XMLDocument takes what is cut off for whole, and traps where there is no element at all.
            let check = XMLParser(data: Data(xml.utf8))
            guard check.parse(), check.parserError == nil, !xml.isEmpty else {
                throw DomainXMLError("libvirt's description cannot be read: \(check.parserError.map { "\($0)" } ?? "it is empty")")
            }
            do { document = try XMLDocument(xmlString: xml) } catch { throw DomainXMLError("libvirt's description cannot be read: \(error)") }
            guard let root = document.rootElement(), root.name == name else {
                throw DomainXMLError("libvirt's description is of a <\(document.rootElement()?.name ?? "")>, not of a <\(name)>")
            }
            self.root = root
        }
    }

    private static func device(_ element: XMLElement) -> DomainDevice? {
        guard let text = element.value("mac", "address"), let mac = try? MACAddress(text) else { return nil }
        var device = DomainDevice(mac: mac, type: element.attribute(forName: "type")?.stringValue ?? "", xml: element.xmlString)
        device.network = element.value("source", "network")
        device.bridge = element.value("source", "bridge")
        device.model = element.value("model", "type")
        device.target = element.value("target", "dev")
        device.mtu = element.value("mtu", "size").flatMap { UInt32($0) }
        device.isIsolated = element.value("port", "isolated") == "yes"
        device.isLinkUp = element.value("link", "state") != "down"
        device.alias = element.value("alias", "name")
        device.switchType = element.value("virtualport", "type")
        let tags = element.elements(forName: "vlan").flatMap { $0.elements(forName: "tag") }
        let vlans = tags.compactMap { $0.attribute(forName: "id")?.stringValue }
        device.switchVLANs = vlans.isEmpty ? nil : vlans.joined(separator: ", ")
        return device
    }

    private static func apply(_ settings: DomainDeviceSettings, to interface: XMLElement) {
        if let bridge = settings.bridge {
            interface.set("type", to: "bridge")
            // Whatever else said where it hangs: a network, its port, a macvtap's device, another switch's VLANs, which libvirt refuses here.
            interface.remove("source")
            interface.child("source").set("bridge", to: bridge)
            interface.remove("virtualport")
            interface.remove("vlan")
        }
        if let network = settings.network {
            interface.set("type", to: "network")
            interface.remove("source")
            interface.child("source").set("network", to: network)
        }
        if let model = settings.model { interface.child("model").set("type", to: model) }
        if let target = settings.target { interface.child("target").set("dev", to: target) }
        if let mtu = settings.mtu { interface.child("mtu").set("size", to: String(mtu)) }
        if let isIsolated = settings.isIsolated {
            interface.remove("port")
            if isIsolated { interface.child("port").set("isolated", to: "yes") }
        }
        if let isLinkUp = settings.isLinkUp { interface.child("link").set("state", to: isLinkUp ? "up" : "down") }
    }
}

/// A description that cannot be used.
public struct DomainXMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as a sentence without the final point.
    public let message: String

    init(_ message: String) { self.message = message }

    public var description: String { message }
}

extension XMLElement {
    /// An attribute of the first child of a name.
    fileprivate func value(_ child: String, _ attribute: String) -> String? {
        elements(forName: child).first?.attribute(forName: attribute)?.stringValue
    }

    /// The first child of a name, which is made where it is missing.
    fileprivate func child(_ name: String) -> XMLElement {
        if let child = elements(forName: name).first { return child }
        let child = XMLElement(name: name)
        addChild(child)
        return child
    }

    fileprivate func remove(_ name: String) {
        for child in elements(forName: name) { child.detach() }
    }

    fileprivate func set(_ attribute: String, to value: String) {
        if let present = self.attribute(forName: attribute) {
            present.stringValue = value
        } else if let made = XMLNode.attribute(withName: attribute, stringValue: value) as? XMLNode {
            addAttribute(made)
        }
    }
}
