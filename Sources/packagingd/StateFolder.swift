import Files
import Glibc
import Model

/// The folder for a daemon's own files: the private Postgres, blobs, scratch files and the socket.
struct StateFolder: Sendable {
    /// The absolute path.
    let path: String
    /// The lock that is held while the daemon lives, because only one daemon at a time may use a folder.
    private let lock: OpenFile

    /// The start of the daemon that used this folder before this one; nil if there was none.
    let previousInstance: InstanceID?
    /// The identity of this start of the daemon.
    let instance: InstanceID

    var blobs: String { path + "/blobs" }
    var scratch: String { path + "/scratch" }
    /// The folder of the private Postgres.
    var database: String { path + "/postgres" }
    var socket: String { path + "/packagingd.sock" }

    /// The folder that is used if none is named: `/var/lib/packagingd` for root, else a folder below `XDG_STATE_HOME`
    /// or, without that, `~/.local/state`.
    ///
    /// Root's folder is not inside `/root`, because the user that Postgres runs as cannot enter that.
    static func defaultPath(environment: [String: String]) throws(PackagingError) -> String {
        if geteuid() == 0 { return "/var/lib/packagingd" }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/packagingd" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw PackagingError(
                .failedPrecondition,
                "cannot choose a state folder: neither XDG_STATE_HOME nor HOME is set",
                hint: "Name one with --state-dir."
            )
        }
        return home + "/.local/state/packagingd"
    }

    /// Opens the folder, making it if needed, for this daemon alone.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if another daemon uses it, or it cannot be written.
    init(path: String) throws(PackagingError) {
        self.path = path
        instance = .random()
        do throws(FileError) {
            try FileTree.makeFolder(path)
            if geteuid() == 0 {
                // Postgres and the workers run as other users. They may pass through the folder, but not read it.
                try FileTree.setPermissions(path, 0o711)
            }
            lock = try OpenFile(path + "/lock", .lock)
            guard try Self.takes(lock) else {
                throw FileError(EBUSY, "use state folder \"\(path)\": another packagingd runs on it")
            }
            let bytes = try lock.read(from: 0, upTo: 36)
            previousInstance = InstanceID(String(decoding: bytes, as: UTF8.self))
            try lock.replaceContent(with: Array(instance.description.utf8))
        } catch {
            throw PackagingError(
                .failedPrecondition,
                error.description,
                hint: Self.hint(for: error),
                cause: error
            )
        }
    }

    private static func hint(for error: FileError) -> String {
        switch error.errorNumber {
        case EBUSY: "Name another folder with --state-dir, or stop the daemon that uses this one."
        case EACCES, EPERM: "Start the daemon as the user that this folder belongs to, or name another: --state-dir."
        case _ where error.isFull: "Make room on the disk of this folder, or name another: --state-dir."
        default: "See that this folder can be written, or name another: --state-dir."
        }
    }

    /// Asks for the lock repeatedly, for some seconds. A child process that a daemon forked just before it was killed
    /// holds the lock until it runs its program, and on a busy machine it has to wait for its turn.
    private static func takes(_ lock: OpenFile) throws(FileError) -> Bool {
        for _ in 0..<150 {
            if try lock.tryLock() { return true }
            usleep(20_000)
        }
        return false
    }
}
