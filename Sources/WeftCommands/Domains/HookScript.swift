internal import Glibc

/// The script that libvirt runs at each start of a domain. It stands among others' in `qemu.d`, so that an existing `qemu` hook stays
/// as it is; libvirt runs both since 6.5.
struct HookScript {
    /// libvirt's directory of hooks.
    let directory: String
    /// The program that it runs.
    let program: String

    static let defaultDirectory = "/etc/libvirt/hooks"

    var path: String { "\(directory)/qemu.d/weft" }

    /// The hook that an administrator has written, and that libvirt runs besides.
    var othersPath: String { "\(directory)/qemu" }

    private static let mark = "# weft's hook: written by `weft hook install`, taken away by `weft hook uninstall`."

    /// A start never fails for weft's sake, nor waits for it: not without the program, and not where the program hangs.
    ///
    /// AppArmor's usual profile of libvirtd lets a hook run what is in `/usr/bin`, unconfined from there on, and nothing below
    /// `/usr/local`: by way of timeout(1) weft-hook runs wherever it is installed.
    var text: String {
        """
        #!/bin/sh
        \(Self.mark)
        # libvirt calls it as: weft DOMAIN OPERATION SUB-OPERATION EXTRA, with the domain's description on standard input.
        hook='\(program.replacing("'", with: "'\\''"))'
        case $2 in
        # The moments at which the taps are there and the guest does not run yet, or libvirt finds it running.
        start|reconnect|attach) [ -x "$hook" ] && timeout -s KILL 2 "$hook" "$@" >/dev/null 2>&1 ;;
        esac
        exit 0

        """
    }

    /// Something in the way.
    struct Problem: Error {
        let message: String
        let fix: String?
    }

    /// Whether a hook of weft's stands there.
    var isInstalled: Bool { Self.contents(of: path)?.contains(Self.mark) ?? false }

    /// Puts the script in place, whole or not at all.
    /// - Returns: whether anything has changed.
    func install() throws(Problem) -> Bool {
        if let present = Self.contents(of: path) {
            if present == text { return false }
            guard present.contains(Self.mark) else {
                throw Problem(message: "\(path) is there already, and is not weft's", fix: "rename it: libvirt runs every script of that directory")
            }
        }
        for place in [directory, "\(directory)/qemu.d"] where mkdir(place, 0o755) != 0 && errno != EEXIST {
            throw Problem(message: "\(place) cannot be made: \(Self.lastError)", fix: errno == ENOENT ? "install libvirt first" : nil)
        }
        // Beside the directory that libvirt runs, so that it never runs half of it.
        let draft = "\(directory)/.weft.\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o755)
        guard descriptor >= 0 else { throw Problem(message: "\(draft): \(Self.lastError)", fix: nil) }
        let bytes = Array(text.utf8)
        let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fchmod(descriptor, 0o755) == 0 && fsync(descriptor) == 0
        let problem = Self.lastError
        close(descriptor)
        guard isWritten, rename(draft, path) == 0 else {
            let reason = isWritten ? Self.lastError : problem
            unlink(draft)
            throw Problem(message: "\(path) cannot be written: \(reason)", fix: nil)
        }
        return true
    }

    /// Takes the script away, if it is weft's, and its directory where that is empty then.
    /// - Returns: whether there was one.
    func uninstall() throws(Problem) -> Bool {
        guard let present = Self.contents(of: path) else { return false }
        guard present.contains(Self.mark) else { throw Problem(message: "\(path) is not weft's", fix: nil) }
        guard unlink(path) == 0 else { throw Problem(message: "\(path) cannot be removed: \(Self.lastError)", fix: nil) }
        rmdir("\(directory)/qemu.d")
        return true
    }

    private static var lastError: String { String(cString: strerror(errno)) }

    private static func contents(of path: String) -> String? {
        guard let bytes = try? TextFile.read(path) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
