internal import CNetlink
internal import Glibc

/// A program of the system's that is run to its end, with what it wrote: only for what no system call does, such as `modprobe`.
package struct HelperProgram {
    /// What a program that ran left.
    package struct Result {
        /// 0 to 255, or 128 and the signal's number.
        package let status: Int32
        /// What it wrote to its standard output.
        package let output: String
        /// What it wrote to its standard error.
        package let errors: String
    }

    /// The program's path.
    let path: String
    let arguments: [String]
    /// What it reads from its standard input.
    let input: String

    package init(path: String, arguments: [String], input: String = "") {
        self.path = path
        self.arguments = arguments
        self.input = input
    }

    /// Runs the program with a fixed environment.
    /// - Returns: `nil` where there is no such program, or it cannot be started.
    package func run() -> Result? {
        // Into two files in memory rather than pipes: nothing has to be read while the program runs.
        let output = unsafe memfd_create("output", MFD_CLOEXEC)
        let errors = unsafe memfd_create("errors", MFD_CLOEXEC)
        let given = unsafe memfd_create("input", MFD_CLOEXEC)
        defer {
            close(given)
            close(output)
            close(errors)
        }
        guard output >= 0, errors >= 0, given >= 0, fill(given), let status = spawn(input: given, output: output, errors: errors) else { return nil }
        lseek(output, 0, SEEK_SET)
        lseek(errors, 0, SEEK_SET)
        return Result(
            status: status, output: SystemFiles.text(from: output) ?? "", errors: SystemFiles.text(from: errors) ?? "")
    }

    private func fill(_ descriptor: Int32) -> Bool {
        let bytes = Array(input.utf8)
        let written = unsafe write(descriptor, bytes, bytes.count)
        return written == bytes.count && lseek(descriptor, 0, SEEK_SET) == 0
    }

    private func spawn(input: Int32, output: Int32, errors: Int32) -> Int32? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var words = unsafe Self.copies([path] + arguments)
        // In the kernel's words whatever the user's language is, for they are quoted in messages.
        var environment = unsafe Self.copies(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"])
        defer { unsafe (words + environment).forEach { unsafe free($0) } }
        var process: pid_t = 0
        guard unsafe posix_spawn(&process, path, &actions, nil, &words, &environment) == 0 else { return nil }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return nil } }
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }

    /// The texts as C wants them: each to be freed, and a null at the end.
    private static func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for text in texts { unsafe pointers.append(strdup(text)) }
        unsafe pointers.append(nil)
        return unsafe pointers
    }
}
