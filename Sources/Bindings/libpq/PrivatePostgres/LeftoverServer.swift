import Descriptors
import Glibc
import Processes

/// A server that an earlier daemon left running, found through the lock file in the data folder.
struct LeftoverServer {
    let pid: Int32

    /// The running server on `dataFolder`; nil if there is none.
    init?(of dataFolder: String) {
        guard let pid = ServerFiles.processNumber(in: dataFolder + "/postmaster.pid") else { return nil }
        self.pid = pid
        guard isAlive else { return nil }
        // Another process may have got the number by now. Only a process that was started on this folder may be
        // stopped.
        let arguments = ServerFiles.commandLine(of: pid)
        guard arguments.contains(dataFolder), arguments.first?.hasSuffix("postgres") == true else { return nil }
    }

    var isAlive: Bool { kill(pid, 0) == 0 || errno == EPERM }

    func signal(_ number: CInt) { kill(pid, number) }
}

extension ServerFiles {
    /// The process that a lock file of Postgres names in its first line; nil if there is none, or if it is negative, as
    /// that of a single-user server is.
    static func processNumber(in lockFile: String) -> Int32? {
        let lines = tail(of: lockFile, count: 4096).split(whereSeparator: \.isNewline)
        guard let first = lines.first, let pid = Int32(first), pid > 1 else { return nil }
        return pid
    }

    /// The arguments a process was started with; none for a zombie.
    static func commandLine(of pid: Int32) -> [String] {
        guard let file = try? Descriptor.open("/proc/\(pid)/cmdline", O_RDONLY) else { return [] }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = file.withNumber { unsafe read($0, &bytes, bytes.count) }
        return bytes.prefix(max(0, count)).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
