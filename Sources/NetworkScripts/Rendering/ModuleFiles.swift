internal import HostNetwork

/// Files that load the kernel's modules before the readers need them.
///
/// Both readers can load them by themselves. But `modprobe bonding` without a word makes a `bond0` that nobody asked for.
enum ModuleFiles {
    static func files(for network: HostNetwork, dialect: ScriptDialect, source: String) -> [ScriptFile] {
        let kinds = Set(network.links.values.filter(\.isPresent).map(\.kind))
        var modules: [String] = []
        if kinds.contains(.vlan) { modules.append("8021q") }
        if kinds.contains(.bond) { modules.append("bonding") }
        guard !modules.isEmpty else { return [] }
        let header = "\(ScriptFile.headerStart)\(source)."
        var files: [ScriptFile] = []
        if dialect.readers.contains(.networkManager) {
            files.append(ScriptFile("modules-load.d/weft.conf", [header] + modules))
        }
        if kinds.contains(.bond) {
            files.append(
                ScriptFile("modprobe.d/weft.conf", [header, "# Without this, loading the module makes a bond0.", "options bonding max_bonds=0"]))
        }
        if dialect.readers.contains(.initscripts) {
            let commands = modules.map { $0 == "bonding" ? "modprobe bonding max_bonds=0" : "modprobe \($0)" }
            files.append(ScriptFile("modules/weft.modules", ["#!/bin/sh", header] + commands, isExecutable: true))
        }
        return files
    }
}
