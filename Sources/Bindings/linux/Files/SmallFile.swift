internal import Descriptors
import Glibc

/// The whole content of a small file, with the owner and the permissions that tell which users could read it.
package struct SmallFile: Sendable {
    /// Its bytes.
    package let bytes: [UInt8]
    /// Its permissions: the nine bits that `chmod` sets.
    package let permissions: UInt32
    /// The user that it belongs to.
    package let owner: UInt32

    /// Reads the file at `path`, following links, and never waits; a pipe is refused.
    ///
    /// - Throws: ``FileError``: with `EISDIR` or `EINVAL` if it is not a file, with `EFBIG` if it has more than `limit`
    ///   bytes.
    package static func read(_ path: String, limit: Int) throws(FileError) -> SmallFile {
        let action = "read \"\(path)\""
        let file = Descriptor(
            owning: try retrying(action) { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        )
        var status = stat()
        try retrying(action) { file.withNumber { unsafe fstat($0, &status) } }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FileError(EISDIR, action)
        // The only device that is accepted, because it reads as an empty file.
        case S_IFCHR where status.st_rdev == nullDevice: break
        default: throw FileError(EINVAL, action)
        }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: min(limit + 1, 1 << 16))
        while true {
            let count = try retrying(action) {
                file.withNumber { unsafe Glibc.read($0, &part, part.count) }
            }
            guard count > 0 else { break }
            bytes += part[..<count]
            guard bytes.count <= limit else { throw FileError(EFBIG, action) }
        }
        return SmallFile(bytes: bytes, permissions: UInt32(status.st_mode & 0o777), owner: UInt32(status.st_uid))
    }

    /// The number of `/dev/null`: device 3 of the group 1, on every Linux.
    private static let nullDevice: dev_t = 1 << 8 | 3
}
