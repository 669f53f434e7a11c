import CLinux
import Foundation
import Testing

/// `weft render ifcfg -o` on disks that are full, read-only, or cannot exchange directories, and what it leaves of a file's attributes.
@Suite struct `Network scripts on a disk` {
    private static let before = "version: 1\nbridges: {br0: {mtu: 1400}, br1: {mtu: 1400}}\n"
    private static let after = "version: 1\nbridges: {br0: {mtu: 1300}, br2: {mtu: 1300}}\n"

    /// A small file system in memory with a directory of network scripts, which `before` was rendered to.
    private struct Disk {
        let root: String
        var scripts: String { "\(root)/network-scripts" }

        @discardableResult
        func render(_ yaml: String, _ options: String...) throws -> `The commands on a real kernel`.Run {
            try `The commands on a real kernel`.weft(["render", "ifcfg", "-", "-o", scripts, "--yes"] + options, input: yaml)
        }

        /// What a reader of the directory sees.
        func content() throws -> [String: String] {
            var content: [String: String] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: scripts) where !name.hasPrefix(".") {
                content[name] = try String(contentsOfFile: "\(scripts)/\(name)", encoding: .utf8)
            }
            return content
        }

        func free(_ pages: Int) throws {
            try? FileManager.default.removeItem(atPath: "\(root)/ballast")
            _ = try Lab.run(["sh", "-c", "dd if=/dev/zero of=\(root)/ballast bs=4096 2>/dev/null || true; truncate -s -\(pages * 4096) \(root)/ballast"])
        }
    }

    private static func withDisk(_ options: String, _ test: (Disk) throws -> Void) throws {
        let disk = Disk(root: "/tmp/weft-disk-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(atPath: disk.root, withIntermediateDirectories: true)
        _ = try Lab.run(["mount", "-t", "tmpfs", "-o", options, "weft", disk.root])
        let result = Result { try test(disk) }
        _ = try Lab.run(["umount", "-R", disk.root])
        try result.get()
    }

    @Test func `a disk that is full at any page leaves the old files, or takes the new ones`() throws {
        try Self.withDisk("size=256k") { disk in
            #expect(try disk.render(Self.before).status == 0)
            let old = try disk.content()
            var refused = 0
            for pages in 0... {
                try disk.free(pages)
                let run = try disk.render(Self.after)
                let now = try disk.content()
                guard run.status != 0 else {
                    #expect(now["ifcfg-br1"] == nil && now["ifcfg-br2"] != nil)
                    break
                }
                refused += 1
                #expect(run.errors.contains("No space left on device") && run.errors.contains("nothing was changed"), "\(run)")
                #expect(now == old, "\(pages) pages")
                #expect(try FileManager.default.contentsOfDirectory(atPath: disk.root).sorted() == ["ballast", "network-scripts"])
            }
            #expect(refused > 1)
        }
    }

    @Test func `a disk without a file left to give does the same`() throws {
        try Self.withDisk("size=1m") { disk in
            #expect(try disk.render(Self.before).status == 0)
            let old = try disk.content()
            let used = try Int(Lab.run(["sh", "-c", "df --output=iused \(disk.root) | tail -1"]).trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
            var refused = 0
            for files in 0... {
                _ = try Lab.run(["mount", "-o", "remount,nr_inodes=\(used + files)", disk.root])
                let run = try disk.render(Self.after)
                guard run.status != 0 else { break }
                refused += 1
                #expect(try disk.content() == old, "\(files) files")
            }
            #expect(refused > 1)
            #expect(try disk.content()["ifcfg-br2"] != nil)
        }
    }

    @Test func `a disk that is read-only keeps its files, and the reason is said`() throws {
        try Self.withDisk("size=1m") { disk in
            #expect(try disk.render(Self.before).status == 0)
            let old = try disk.content()
            _ = try Lab.run(["mount", "-o", "remount,ro", disk.root])
            let run = try disk.render(Self.after)
            #expect(run.status == 1)
            #expect(run.errors.contains("Read-only file system") && run.errors.contains("nothing was changed"), "\(run)")
            #expect(try disk.content() == old)
            #expect(try disk.render(Self.after, "--check").status == 2)
        }
    }

    /// Once where directories are exchanged, and once where the directory is a mount point and its files are replaced one by one.
    @Test(arguments: [false, true])
    func `owner, mode and SELinux label of a file outlive its replacement`(_ isMountPoint: Bool) throws {
        try Self.withDisk("size=1m") { disk in
            #expect(try disk.render(Self.before).status == 0)
            if isMountPoint { _ = try Lab.run(["mount", "--bind", disk.scripts, disk.scripts]) }
            let label = "system_u:object_r:net_conf_t:s0\0"
            let file = "\(disk.scripts)/ifcfg-br0"
            for path in [file, disk.scripts] { try Self.set("security.selinux", label, on: path) }
            chown(file, 1000, 1001)
            chmod(file, 0o640)
            chmod(disk.scripts, 0o750)

            #expect(try disk.render(Self.after).status == 0)
            #expect(try disk.content()["ifcfg-br0"]?.contains("MTU=1300") == true)
            for path in [file, "\(disk.scripts)/.weft-backup/1/ifcfg-br0"] {
                #expect(Self.value("security.selinux", of: path) == label, "\(path)")
                var status = stat()
                #expect(stat(path, &status) == 0)
                #expect([status.st_uid, status.st_gid, status.st_mode & 0o7777] == [1000, 1001, 0o640], "\(path)")
            }
            var status = stat()
            #expect(stat(disk.scripts, &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o750)
            #expect(Self.value("security.selinux", of: disk.scripts) == label)
        }
    }

    private static func set(_ name: String, _ value: String, on path: String) throws {
        let bytes = Array(value.utf8)
        #expect(setxattr(path, name, bytes, bytes.count, 0) == 0, "\(path): \(String(cString: strerror(errno)))")
    }

    private static func value(_ name: String, of path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = getxattr(path, name, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
