import Glibc

/// One open file, closed when the last reference to it goes.
///
/// Reading and writing at an offset may be done from several threads at once.
public final class OpenFile: Sendable {
    /// The descriptor. Valid as long as this object lives.
    public let descriptor: CInt
    /// The path by which it was opened.
    public let path: String

    /// How a file is opened. The descriptor is never inherited by other programs.
    public enum Mode: Sendable, Hashable {
        /// For reading. A link at the end of the path is not followed.
        case reading
        /// A new file for writing, readable by its owner only; fails if there is one.
        case creating
        /// A new file for reading and writing; fails if there is one.
        case creatingForReadingAndWriting
        /// A folder, to synchronise it.
        case folder
        /// For writing and made if missing, to be locked.
        case lock

        var flags: CInt {
            switch self {
            case .reading: O_RDONLY | O_NOFOLLOW
            case .creating: O_WRONLY | O_CREAT | O_EXCL
            case .creatingForReadingAndWriting: O_RDWR | O_CREAT | O_EXCL
            case .folder: O_RDONLY | O_DIRECTORY
            case .lock: O_RDWR | O_CREAT | O_NOFOLLOW
            }
        }
    }

    /// Opens the file at `path`.
    public init(_ path: String, _ mode: Mode) throws(FileError) {
        self.path = path
        descriptor = try retrying("open \"\(path)\"") { unsafe open(path, mode.flags | O_CLOEXEC, 0o600) }
    }

    deinit {
        close(descriptor)
    }

    /// Up to `length` bytes from `offset`; fewer only at the end of the file.
    public func read(from offset: Int64, upTo length: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        var count = 0
        while count < length {
            let step = try retrying("read \"\(path)\"") {
                unsafe bytes.withUnsafeMutableBytes { buffer in
                    unsafe pread(
                        descriptor,
                        buffer.baseAddress.map { unsafe $0 + count },
                        length - count,
                        Int(offset) + count
                    )
                }
            }
            if step == 0 { break }
            count += step
        }
        bytes.removeLast(length - count)
        return bytes
    }

    /// Writes all `bytes` at the file's own position, which moves on.
    public func write(_ bytes: [UInt8]) throws(FileError) {
        var written = 0
        while written < bytes.count {
            written += try retrying("write \"\(path)\"") {
                unsafe bytes.withUnsafeBytes { buffer in
                    unsafe Glibc.write(
                        descriptor,
                        buffer.baseAddress.map { unsafe $0 + written },
                        bytes.count - written
                    )
                }
            }
        }
    }

    /// Returns when what was written is on the disk.
    public func synchronise() throws(FileError) {
        try retrying("synchronise \"\(path)\"") { fsync(descriptor) }
    }

    /// The size in bytes.
    public var size: Int64 {
        get throws(FileError) {
            var status = stat()
            try retrying("measure \"\(path)\"") { unsafe fstat(descriptor, &status) }
            return Int64(status.st_size)
        }
    }

    /// Takes the file's lock for this process, or tells that another has it.
    public func tryLock() throws(FileError) -> Bool {
        do {
            try retrying("lock \"\(path)\"") { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch  where error.errorNumber == EWOULDBLOCK {
            return false
        }
    }

    /// Replaces the whole content by `bytes`, on the disk when this returns.
    public func replaceContent(with bytes: [UInt8]) throws(FileError) {
        try retrying("write \"\(path)\"") { ftruncate(descriptor, 0) }
        try retrying("write \"\(path)\"") { lseek(descriptor, 0, SEEK_SET) }
        try write(bytes)
        try synchronise()
    }
}
