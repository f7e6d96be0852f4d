internal import Descriptors
import Glibc

/// One open file. It is closed when its last reference is released.
///
/// Reading and writing at an offset may be done from several threads at the same time.
package final class OpenFile: Sendable {
    private let descriptor: Descriptor
    /// The path by which it was opened.
    package let path: String

    /// How a file is opened. The descriptor is never inherited by other programs.
    package enum Mode: Sendable, Hashable {
        /// For reading. A link at the end of the path is not followed.
        case reading
        /// A new file for writing that only its owner may read; fails if the file exists.
        case creating
        /// A new file for reading and writing; fails if the file exists.
        case creatingForReadingAndWriting
        /// A folder, to synchronise it.
        case folder
        /// For writing, to be locked; a missing file is made.
        case lock
        /// An existing file, to be locked. A link at the end of the path is not followed.
        case existingLock

        var flags: CInt {
            switch self {
            case .reading: O_RDONLY | O_NOFOLLOW
            case .creating: O_WRONLY | O_CREAT | O_EXCL
            case .creatingForReadingAndWriting: O_RDWR | O_CREAT | O_EXCL
            case .folder: O_RDONLY | O_DIRECTORY
            case .lock: O_RDWR | O_CREAT | O_NOFOLLOW
            case .existingLock: O_RDWR | O_NOFOLLOW
            }
        }
    }

    /// Opens the file at `path`.
    package init(_ path: String, _ mode: Mode) throws(FileError) {
        self.path = path
        descriptor = Descriptor(
            owning: try retrying("open \"\(path)\"") { unsafe open(path, mode.flags | O_CLOEXEC, 0o600) }
        )
    }

    /// Up to `length` bytes from `offset`; fewer only at the end of the file.
    package func read(from offset: Int64, upTo length: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        var count = 0
        while count < length {
            let step = try retrying("read \"\(path)\"") {
                descriptor.withNumber { number in
                    unsafe bytes.withUnsafeMutableBytes { buffer in
                        let rest = unsafe buffer.baseAddress.map { unsafe $0 + count }
                        return unsafe pread(number, rest, length - count, Int(offset) + count)
                    }
                }
            }
            if step == 0 { break }
            count += step
        }
        bytes.removeLast(length - count)
        return bytes
    }

    /// Writes all `bytes` at the file's current position, which moves forward.
    package func write(_ bytes: [UInt8]) throws(FileError) {
        try unsafe writeAll(bytes) { number, rest, _ in unsafe Glibc.write(number, rest.baseAddress, rest.count) }
    }

    /// Writes all `bytes` from `offset` on. The file's current position stays.
    package func write(_ bytes: [UInt8], at offset: Int64) throws(FileError) {
        try unsafe writeAll(bytes) { number, rest, written in
            unsafe pwrite(number, rest.baseAddress, rest.count, Int(offset) + written)
        }
    }

    /// Calls `step` with the bytes that are not written yet, and how many are, until all are.
    private func writeAll(
        _ bytes: [UInt8],
        _ step: (_ number: CInt, _ rest: UnsafeRawBufferPointer, _ written: Int) -> Int
    ) throws(FileError) {
        var written = 0
        while written < bytes.count {
            written += try retrying("write \"\(path)\"") {
                descriptor.withNumber { number in
                    unsafe bytes.withUnsafeBytes { buffer in
                        unsafe step(number, UnsafeRawBufferPointer(rebasing: buffer[written...]), written)
                    }
                }
            }
        }
    }

    /// Returns when everything written is on the disk.
    package func synchronise() throws(FileError) {
        try retrying("synchronise \"\(path)\"") { descriptor.withNumber { fsync($0) } }
    }

    /// The size in bytes.
    package var size: Int64 {
        get throws(FileError) {
            var status = stat()
            try retrying("measure \"\(path)\"") { descriptor.withNumber { unsafe fstat($0, &status) } }
            return Int64(status.st_size)
        }
    }

    /// Takes the file's lock, which is held until this value closes the file. Returns false if the lock is held through
    /// another opening of the file, in this process or another.
    package func tryLock() throws(FileError) -> Bool {
        do {
            try retrying("lock \"\(path)\"") { descriptor.withNumber { flock($0, LOCK_EX | LOCK_NB) } }
            return true
        } catch  where error.errorNumber == EWOULDBLOCK {
            return false
        }
    }

    /// Gives the file to a user and a group. Only root can give one away; to give it to whom it belongs changes nothing.
    package func setOwner(_ owner: (user: UInt32, group: UInt32)) throws(FileError) {
        guard geteuid() == 0 else { return }
        try retrying("give \"\(path)\" to user \(owner.user)") {
            descriptor.withNumber { fchown($0, owner.user, owner.group) }
        }
    }

    /// Gives back the lock that ``tryLock()`` took. It ends with the last owner of the file, too, but that may be a moment
    /// later.
    package func unlock() throws(FileError) {
        try retrying("unlock \"\(path)\"") { descriptor.withNumber { flock($0, LOCK_UN) } }
    }

    /// Makes the file look as if it was written to now.
    package func touch() throws(FileError) {
        try retrying("touch \"\(path)\"") { descriptor.withNumber { futimens($0, nil) } }
    }

    /// Replaces the whole content with `bytes`. The content is on the disk when this returns.
    ///
    /// The bytes are written over the old ones, and the rest is cut off afterwards: a full disk then keeps the old content
    /// and does not leave an empty file.
    package func replaceContent(with bytes: [UInt8]) throws(FileError) {
        try retrying("write \"\(path)\"") { descriptor.withNumber { lseek($0, 0, SEEK_SET) } }
        try write(bytes)
        try retrying("write \"\(path)\"") { descriptor.withNumber { ftruncate($0, off_t(bytes.count)) } }
        try synchronise()
    }
}
