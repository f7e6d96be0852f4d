import Glibc

/// The few things that are done with files here.
enum Files {
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// The names in a folder; none if it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe $0.prefix { $0 != 0 }.map(\.self) }
            names.append(String(decoding: name, as: UTF8.self))
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    /// Removes a file, or a folder with all that is in it; nothing happens if there is none.
    static func remove(_ path: String) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        for name in names(in: path) { remove(path + "/" + name) }
        unsafe rmdir(path)
    }

    /// The last `count` bytes of a file as text, without those before `offset`; empty if it cannot be read.
    static func tail(of path: String, from offset: Int = 0, count: Int) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let start = max(min(offset, size), size - count)
        var bytes = [UInt8](repeating: 0, count: max(0, size - start))
        let read = unsafe pread(descriptor, &bytes, bytes.count, off_t(start))
        return String(decoding: bytes.prefix(max(0, read)), as: UTF8.self)
    }

    /// Bytes of a file; zero if there is none.
    static func size(of path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}

/// A descriptor that is closed with its owner, and that no child inherits.
final class OpenFile: Sendable {
    let descriptor: CInt

    /// Opens `path`, making it if need be.
    init(_ path: String, _ flags: CInt) throws(PrivatePostgresError) {
        descriptor = unsafe open(path, flags | O_CLOEXEC | O_CREAT | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw PrivatePostgresError("could not open the file \"\(path)\": \(reason(errno))")
        }
    }

    deinit { close(descriptor) }
}
