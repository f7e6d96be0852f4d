/// Writes a ZIP archive of stored members. The same input gives the same bytes.
///
/// Sizes and checksums are known before a member begins, so they are in its local header and no data descriptor
/// follows; the archive can be read as a stream. The only extra fields are ZIP64's, and only where a number needs them,
/// so that the first member of an EPUB is as OCF 3.3 §4.2 requires. The caller itself sends each member's bytes. The
/// writer keeps only one directory entry per member.
package struct ZIPWriter: Sendable {
    /// Bytes of the archive so far, including the bytes of all members begun.
    package private(set) var offset: Int64 = 0
    private var entries: [Entry] = []

    /// A writer of an empty archive.
    package init() {}

    /// Begins a member: returns the header that comes before its bytes.
    ///
    /// - Parameters:
    ///   - name: The path, with `/` between its parts. It is written as UTF-8.
    ///   - size: The number of bytes that the caller sends after the header.
    ///   - crc32: The checksum of these bytes.
    /// - Throws: ``PackagerError`` if the name is longer than 65,535 bytes.
    package mutating func beginMember(_ name: String, size: Int64, crc32: UInt32) throws(PackagerError) -> [UInt8] {
        guard name.utf8.count <= UInt16.max else { throw .tooLarge("a member's name") }
        let entry = Entry(name: Array(name.utf8), size: UInt64(size), crc32: crc32, offset: UInt64(offset))
        entries.append(entry)
        let header = entry.localHeader
        offset += Int64(header.count) + size
        return header
    }

    /// Ends the archive: returns the directory, which comes after the last member's bytes.
    package mutating func finish() -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries { entry.appendDirectoryEntry(to: &bytes) }
        let end = DirectoryEnd(entries: entries.count, size: UInt64(bytes.count), offset: UInt64(offset))
        end.append(to: &bytes)
        offset += Int64(bytes.count)
        return bytes
    }

    /// The exact size of an archive of these members, in this order.
    package static func size(of members: some Sequence<(name: String, size: Int64)>) -> Int64 {
        var offset: UInt64 = 0
        var directory: UInt64 = 0
        var count = 0
        for (name, size) in members {
            let entry = Entry(name: Array(name.utf8), size: UInt64(size), crc32: 0, offset: offset)
            offset += UInt64(entry.localHeader.count) + entry.size
            directory += UInt64(46 + entry.name.count + entry.directoryExtra.count)
            count += 1
        }
        var end: [UInt8] = []
        DirectoryEnd(entries: count, size: directory, offset: offset).append(to: &end)
        return Int64(offset + directory) + Int64(end.count)
    }
}

/// One member, as APPNOTE 4.3.7 and 4.3.12 write it.
private struct Entry: Sendable {
    let name: [UInt8]
    let size: UInt64
    let crc32: UInt32
    let offset: UInt64

    // A field with all bits set means that the value is in the ZIP64 extra field, so exactly that number needs the
    // extra field too.
    private var sizeNeeds64Bits: Bool { size >= UInt64(UInt32.max) }
    private var offsetNeeds64Bits: Bool { offset >= UInt64(UInt32.max) }

    var localHeader: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(0x0403_4B50 as UInt32)
        appendCommon(to: &bytes, version: sizeNeeds64Bits ? 45 : 20, extra: localExtra)
        bytes += name
        bytes += localExtra
        return bytes
    }

    func appendDirectoryEntry(to bytes: inout [UInt8]) {
        let extra = directoryExtra
        let version: UInt16 = extra.isEmpty ? 20 : 45
        bytes.appendLittleEndian(0x0201_4B50 as UInt32)
        bytes.appendLittleEndian(3 << 8 | version)  // made on Unix, for the attributes below
        appendCommon(to: &bytes, version: version, extra: extra)
        bytes.appendLittleEndian(0 as UInt16)  // comment
        bytes.appendLittleEndian(0 as UInt16)  // disk
        bytes.appendLittleEndian(0 as UInt16)  // internal attributes
        bytes.appendLittleEndian(0o100644 << 16 as UInt32)  // a file that everybody may read
        bytes.appendLittleEndian(offsetNeeds64Bits ? UInt32.max : UInt32(offset))
        bytes += name
        bytes += extra
    }

    var directoryExtra: [UInt8] {
        var values: [UInt64] = sizeNeeds64Bits ? [size, size] : []
        if offsetNeeds64Bits { values.append(offset) }
        return Self.extra(values)
    }

    private var localExtra: [UInt8] { Self.extra(sizeNeeds64Bits ? [size, size] : []) }

    private static func extra(_ values: [UInt64]) -> [UInt8] {
        guard !values.isEmpty else { return [] }
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(1 as UInt16)
        bytes.appendLittleEndian(UInt16(8 * values.count))
        for value in values { bytes.appendLittleEndian(value) }
        return bytes
    }

    /// Version needed, flags, method, time, checksum, both sizes and the lengths of name and extra field.
    private func appendCommon(to bytes: inout [UInt8], version: UInt16, extra: [UInt8]) {
        bytes.appendLittleEndian(version)
        // Bit 11: the name is UTF-8. It is not set for ASCII names, which do not need it and which the oldest readers
        // refuse with it.
        bytes.appendLittleEndian(name.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11 as UInt16)
        bytes.appendLittleEndian(0 as UInt16)  // stored
        bytes.appendLittleEndian(0 as UInt16)  // 00:00:00
        bytes.appendLittleEndian(1 << 5 | 1 as UInt16)  // 1980-01-01, the first day that the format knows
        bytes.appendLittleEndian(crc32)
        for _ in 0..<2 { bytes.appendLittleEndian(sizeNeeds64Bits ? UInt32.max : UInt32(size)) }
        bytes.appendLittleEndian(UInt16(name.count))
        bytes.appendLittleEndian(UInt16(extra.count))
    }
}

/// The records after the directory, as APPNOTE 4.3.14 to 4.3.16 write them.
private struct DirectoryEnd {
    let entries: Int
    let size: UInt64
    let offset: UInt64

    func append(to bytes: inout [UInt8]) {
        let count = UInt64(entries)
        if entries >= UInt16.max || size >= UInt64(UInt32.max) || offset >= UInt64(UInt32.max) {
            bytes.appendLittleEndian(0x0606_4B50 as UInt32)
            bytes.appendLittleEndian(44 as UInt64)  // bytes of this record after this field
            bytes.appendLittleEndian(3 << 8 | 45 as UInt16)
            bytes.appendLittleEndian(45 as UInt16)
            bytes.appendLittleEndian(0 as UInt32)  // this disk
            bytes.appendLittleEndian(0 as UInt32)  // the directory's disk
            bytes.appendLittleEndian(count)
            bytes.appendLittleEndian(count)
            bytes.appendLittleEndian(size)
            bytes.appendLittleEndian(offset)
            bytes.appendLittleEndian(0x0706_4B50 as UInt32)
            bytes.appendLittleEndian(0 as UInt32)  // the disk of the record above
            bytes.appendLittleEndian(offset + size)
            bytes.appendLittleEndian(1 as UInt32)  // disks
        }
        bytes.appendLittleEndian(0x0605_4B50 as UInt32)
        bytes.appendLittleEndian(0 as UInt16)
        bytes.appendLittleEndian(0 as UInt16)
        for _ in 0..<2 { bytes.appendLittleEndian(UInt16(min(count, UInt64(UInt16.max)))) }
        bytes.appendLittleEndian(UInt32(min(size, UInt64(UInt32.max))))
        bytes.appendLittleEndian(UInt32(min(offset, UInt64(UInt32.max))))
        bytes.appendLittleEndian(0 as UInt16)  // comment
    }
}
