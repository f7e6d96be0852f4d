import Foundation
import Glibc
import Testing

/// A disk of a few megabytes in memory, mounted on a folder, which a test fills and empties.
struct SmallDisk: Sendable {
    /// The folder.
    let path: String

    private var filler: String { path + "/filler" }

    /// Why no disk can be mounted here; nil if one can.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "only root may mount a tmpfs" }
        let path = NSTemporaryDirectory() + "/khipu-mount-\(UUID().uuidString)"
        guard unsafe mkdir(path, 0o700) == 0 else { return "\(path) cannot be made" }
        defer { unsafe rmdir(path) }
        guard unsafe mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else {
            return "mounting a tmpfs is not permitted: \(unsafe String(cString: strerror(errno)))"
        }
        unsafe umount(path)
        return nil
    }()

    /// Gives `body` a disk of `megabytes` on `path`, a new folder, and unmounts it afterwards.
    static func with(_ megabytes: Int, on path: String, _ body: (SmallDisk) async throws -> Void) async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let options = "size=\(megabytes)m,mode=755"
        try #require(unsafe mount("tmpfs", path, "tmpfs", 0, options) == 0, "mount on \(path): \(errno)")
        // What is left, such as a daemon of a test that failed, does not keep the mount.
        defer { unsafe umount2(path, 2 /* MNT_DETACH */) }
        try await body(SmallDisk(path: path))
    }

    /// Fills the disk to its last byte, also with what came free since it was filled before.
    func fill() throws {
        while try write(64 << 10) {}
    }

    /// Fills the disk so that `bytes` are free.
    func leave(_ bytes: Int) throws {
        var space = statvfs()
        try #require(unsafe statvfs(path, &space) == 0)
        var rest = Int(space.f_bavail) * Int(space.f_frsize) - bytes
        while rest > 0 {
            try #require(try write(min(rest, 64 << 10)))
            rest -= 64 << 10
        }
    }

    /// Writes bytes to the filler. Returns false if not all of them have room.
    private func write(_ count: Int) throws -> Bool {
        let file = unsafe open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard file >= 0 else {
            try #require(errno == ENOSPC)
            return false
        }
        defer { close(file) }
        let written = unsafe Glibc.write(file, [UInt8](repeating: 0, count: count), count)
        if written < 0 { try #require(errno == ENOSPC) }
        return written == count
    }

    /// Makes room again.
    func empty() throws {
        if unsafe unlink(filler) != 0 { try #require(errno == ENOENT) }
    }
}
