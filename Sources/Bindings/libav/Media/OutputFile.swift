import Descriptors

/// An output file that grows in large writes. Its reserved first bytes can be written last.
struct OutputFile {
    private static let step = 1 << 18

    private let file: MediaFile
    private var buffer: [UInt8] = []
    /// The file offset at which `buffer` will be written.
    private var offset = 0

    /// Empties the file and keeps its first `reserved` bytes free.
    init(_ descriptor: Descriptor, reserving reserved: Int) throws(MediaError) {
        file = try MediaFile(descriptor)
        try file.clear()
        offset = reserved
        buffer.reserveCapacity(OutputFile.step + 4096)
    }

    /// The number of bytes so far, including the reserved ones.
    var size: Int { offset + buffer.count }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) throws(MediaError) {
        unsafe buffer.append(contentsOf: bytes)
        if buffer.count >= OutputFile.step { try flush() }
    }

    /// Writes the bytes that are left, and `front` into the reserved bytes.
    mutating func finish(front: [UInt8]) throws(MediaError) {
        try flush()
        try file.write(front, at: 0)
    }

    private mutating func flush() throws(MediaError) {
        try file.write(buffer, at: offset)
        offset += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
