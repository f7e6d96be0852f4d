/// The members of a ZIP archive (PKWARE APPNOTE 6.3), ZIP64 included.
///
/// All programs use the directory at the end of the file, and each member's own header must agree with it. Archives in
/// several parts and encrypted members are refused. Compressed members are listed but not read. Nothing is ever
/// decompressed, so a decompression bomb has no effect.
package struct ZIPArchive: Sendable {
    /// One file of the archive.
    package struct Member: Sendable, Hashable {
        /// Its name, with `/` between folders.
        package let name: String
        /// Whether its bytes are in the archive uncompressed.
        package let isStored: Bool
        /// The range of its bytes in the archive.
        package let range: Range<Int>
        /// The checksum of its content that the directory states.
        package let crc32: UInt32
        /// Where its header begins.
        let headerOffset: Int
        /// Bytes of its header's extra field.
        package let extraBytes: Int
    }

    /// The most members that an archive may have, which is more than any book needs.
    package static let mostMembers = 10_000
    private static let largestDirectory = 16 << 20

    /// The members in the order of the directory.
    package let members: [Member]

    /// Reads the directory and each member's header.
    ///
    /// - Throws: ``ReaderError`` if it is not a readable archive, or if parts are missing or contradict each other.
    package init(_ file: ByteSource) throws(ReaderError) {
        let end = try ZIPEnd(file)
        guard end.members <= Self.mostMembers, end.size <= Self.largestDirectory else {
            throw ReaderError("its directory names \(end.members) members in \(end.size) bytes, more than is read")
        }
        var cursor = ZIPDirectoryCursor(file: file, offset: end.start, end: end.start + end.size)
        var members: [Member] = []
        var names: Set<String> = []
        for _ in 0..<end.members {
            let entry = try cursor.next()
            let member = try entry.member(in: file, before: end.start)
            guard names.insert(member.name).inserted else {
                throw ReaderError("two of its members have the name \"\(shown(member.name))\"")
            }
            members.append(member)
        }
        guard cursor.isAtEnd else { throw ReaderError("its directory names more members than it counts") }
        var reached = 0
        for member in members.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            guard member.headerOffset >= reached else {
                throw ReaderError("the member \"\(shown(member.name))\" lies inside another")
            }
            reached = member.range.upperBound
        }
        self.members = members
    }

    /// The member called `name`.
    package func member(_ name: String) -> Member? { members.first { $0.name == name } }
}

/// Finds the directory from the records at the end of the file.
private struct ZIPEnd {
    /// Where the directory begins in the file.
    let start: Int
    let size: Int
    let members: Int

    init(_ file: ByteSource) throws(ReaderError) {
        // §4.3.16: 22 bytes, followed by a comment of at most 65,535.
        let count = min(file.size, 22 + 65_535)
        guard count >= 22, let tail = try file.bytes(file.size - count, count) else {
            throw ReaderError("it is too short for a ZIP archive")
        }
        let place = stride(from: count - 22, through: 0, by: -1).first { index in
            tail[index] == 0x50 && tail[index + 1] == 0x4B && tail[index + 2] == 5 && tail[index + 3] == 6
                && tail[index + 20..<index + 22].littleSize == count - 22 - index
        }
        guard let place else { throw ReaderError("it is no ZIP archive, or its end is missing") }
        let record = tail[place..<place + 22]
        func field(_ offset: Int, _ count: Int) -> Int { record[place + offset..<place + offset + count].littleSize }
        let isAlone = field(4, 2) == 0 && field(6, 2) == 0 || field(4, 2) == 0xFFFF
        guard isAlone else { throw ReaderError("it is one of several parts of a ZIP archive") }
        var (members, size, offset) = (field(10, 2), field(12, 4), field(16, 4))
        var recordStart = file.size - count + place
        if members == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
            (members, size, offset, recordStart) = try Self.large(file, before: recordStart)
        }
        guard size <= recordStart, offset <= recordStart - size else {
            throw ReaderError("its directory lies outside the file: it may be cut short")
        }
        // If the directory's stated end lies before its end record, bytes in front of the archive moved both back.
        let shift = recordStart - size - offset
        start = recordStart - size
        self.size = size
        self.members = members
        guard shift == 0 else {
            throw ReaderError("\(shift) bytes that belong to no member stand before its directory")
        }
        guard size / 46 >= members else { throw ReaderError("its directory is too short for \(members) members") }
    }

    /// §4.3.14 and §4.3.15: the ZIP64 record, at the place that the locator before the end record states.
    private static func large(
        _ file: ByteSource,
        before end: Int
    ) throws(ReaderError) -> (members: Int, size: Int, offset: Int, start: Int) {
        guard let locator = try file.bytes(end - 20, 20), locator[..<4].littleEndian == 0x0706_4B50 else {
            throw ReaderError("its ZIP64 records are missing")
        }
        let start = locator[8..<16].littleSize
        guard let record = try file.bytes(start, 56), record[..<4].littleEndian == 0x0606_4B50 else {
            throw ReaderError("its ZIP64 records are missing")
        }
        return (record[32..<40].littleSize, record[40..<48].littleSize, record[48..<56].littleSize, start)
    }
}
