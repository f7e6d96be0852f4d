import Descriptors
import Glibc
import Processes

/// Reads from the server's files. The answer is empty if there is no such file.
enum ServerFiles {
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// The last `count` bytes of a file as text, without those before `offset`; empty if it cannot be read.
    static func tail(of path: String, from offset: Int = 0, count: Int) -> String {
        guard let file = try? Descriptor.open(path, O_RDONLY) else { return "" }
        return file.withNumber { file in
            let size = Int(lseek(file, 0, SEEK_END))
            let start = max(min(offset, size), size - count)
            var bytes = [UInt8](repeating: 0, count: max(0, size - start))
            let read = unsafe pread(file, &bytes, bytes.count, off_t(start))
            return String(decoding: bytes.prefix(max(0, read)), as: UTF8.self)
        }
    }

    /// Bytes of a file; zero if there is none.
    static func size(of path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}

/// Opens `path`. A missing file is made, and only we may read it.
func openFile(_ path: String, _ flags: CInt) throws(PrivatePostgresError) -> Descriptor {
    do {
        return try Descriptor.open(path, flags | O_CREAT | O_NOFOLLOW)
    } catch {
        throw PrivatePostgresError("\(error)")
    }
}
