import Descriptors
import Glibc

/// A regular file that the caller opened, or a part of it.
///
/// Reads and writes name their offset, so that the descriptor's own position neither matters nor changes.
struct MediaFile {
    private let descriptor: Descriptor
    /// The size in bytes of the visible part: the range, or the whole file as it was when this value was made.
    let size: Int
    /// The offset at which the visible part begins.
    private let start: Int

    /// The whole file, or the part of it in `range`: a member of an archive.
    init(_ descriptor: Descriptor, range: Range<Int>? = nil) throws(MediaError) {
        var status = stat()
        guard descriptor.withNumber({ unsafe fstat($0, &status) }) == 0 else {
            throw MediaError(.failed, "its descriptor cannot be used: \(systemReason())")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw MediaError(.failed, "its descriptor is no regular file") }
        let whole = 0..<Int(status.st_size)
        let part = range?.clamped(to: whole) ?? whole
        self.descriptor = descriptor
        start = part.lowerBound
        size = part.count
    }

    /// Reads into `buffer` from `offset` until it is full or the file ends, and returns the number of bytes.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(MediaError) -> Int {
        var done = 0
        let wanted = min(buffer.count, max(0, size - offset))
        while done < wanted {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done..<wanted])
            let count = descriptor.withNumber {
                unsafe pread($0, rest.baseAddress, rest.count, off_t(start + offset + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw MediaError(.failed, "it could not be read: \(systemReason())") }
            guard count > 0 else { break }
            done += count
        }
        return done
    }

    /// The bytes from `offset` on: `count`, or fewer where the file ends.
    func bytes(at offset: Int, count: Int) throws(MediaError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(MediaError) in
            done = try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
        bytes.removeLast(count - done)
        return bytes
    }

    /// Removes the file's whole content.
    func clear() throws(MediaError) {
        guard descriptor.withNumber({ ftruncate($0, 0) }) == 0 else {
            throw MediaError.output("cannot be emptied", errno)
        }
    }

    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: [UInt8], at offset: Int) throws(MediaError) {
        var done = 0
        while done < bytes.count {
            let count = descriptor.withNumber { number in
                unsafe bytes.withUnsafeBytes { buffer in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
                    return unsafe pwrite(number, rest.baseAddress, rest.count, off_t(start + offset + done))
                }
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw MediaError.output("could not be written", count < 0 ? errno : EIO) }
            done += count
        }
    }
}

func systemReason(_ number: CInt = errno) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}

/// A part of a file that is read from front to back in large steps. The format checks walk over it.
struct ByteWindow {
    private static let step = 1 << 16

    private let file: MediaFile
    /// Where the part ends.
    let end: Int
    private var buffer: [UInt8] = []
    private var bufferStart = 0

    init(_ file: MediaFile, upTo end: Int? = nil) {
        self.file = file
        self.end = min(end ?? file.size, file.size)
    }

    /// Calls `body` with `count` bytes at `offset`, or returns nil when the part ends before them.
    ///
    /// - Precondition: `count` is at most 65,536.
    mutating func at<R>(_ offset: Int, count: Int, _ body: (Span<UInt8>) -> R) throws(MediaError) -> R? {
        guard offset >= 0, offset <= end - count else { return nil }
        if offset < bufferStart || offset + count > bufferStart + buffer.count {
            buffer = try file.bytes(at: offset, count: min(Self.step, end - offset))
            bufferStart = offset
        }
        // If the file shrank after it was opened, the part ends here.
        guard offset + count <= bufferStart + buffer.count else { return nil }
        let first = offset - bufferStart
        return body(buffer.span.extracting(first..<first + count))
    }

    /// A copy of `count` bytes at `offset`, or nil when the part ends before them.
    mutating func bytes(_ offset: Int, count: Int) throws(MediaError) -> [UInt8]? {
        try at(offset, count: count) { span in span.indices.map { span[$0] } }
    }

    /// Whether the bytes at `offset` are `text`.
    mutating func starts(with text: StaticString, at offset: Int) throws(MediaError) -> Bool {
        try bytes(offset, count: text.utf8CodeUnitCount).map { text.matches($0) } ?? false
    }
}

extension StaticString {
    func matches(_ bytes: some Collection<UInt8>) -> Bool {
        withUTF8Buffer { unsafe bytes.elementsEqual($0) }
    }
}

/// Numbers in the bytes of a header.
extension Collection<UInt8> {
    var littleEndian: UInt64 { reversed().bigEndian }
    var bigEndian: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
}
