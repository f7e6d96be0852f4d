/// Reads a ZIP directory entry by entry, each with one small read.
struct ZIPDirectoryCursor {
    let file: ByteSource
    var offset: Int
    let end: Int

    var isAtEnd: Bool { offset == end }

    /// The next entry.
    mutating func next() throws(ReaderError) -> ZIPEntry {
        guard end - offset >= 46, let fixed = try file.bytes(offset, 46), fixed[..<4].littleEndian == 0x0201_4B50 else {
            throw ReaderError("its directory ends before all members are named")
        }
        let lengths = (fixed[28..<30].littleSize, fixed[30..<32].littleSize, fixed[32..<34].littleSize)
        let count = lengths.0 + lengths.1 + lengths.2
        guard count <= end - offset - 46, let rest = try file.bytes(offset + 46, count) else {
            throw ReaderError("its directory ends in the middle of an entry")
        }
        offset += 46 + count
        return try ZIPEntry(fixed, name: rest[..<lengths.0], extra: rest[lengths.0..<lengths.0 + lengths.1])
    }
}

/// One entry of the directory (APPNOTE §4.3.12).
struct ZIPEntry {
    let name: String
    private let nameBytes: [UInt8]
    private let flags: Int
    private let method: Int
    private let crc32: UInt32
    private let packedSize: Int
    private let size: Int
    private let headerOffset: Int

    init(_ fixed: [UInt8], name: ArraySlice<UInt8>, extra: ArraySlice<UInt8>) throws(ReaderError) {
        nameBytes = Array(name)
        flags = fixed[8..<10].littleSize
        method = fixed[10..<12].littleSize
        crc32 = UInt32(truncatingIfNeeded: fixed[16..<20].littleEndian)
        // Bit 11 states that the name is UTF-8. Without it the name is in an unknown code page, and only its ASCII
        // characters are shown.
        let text =
            String(validating: name, as: UTF8.self)
            ?? String(String.UnicodeScalarView(name.map { $0 < 0x80 ? Unicode.Scalar($0) : "\u{FFFD}" }))
        self.name = text
        guard Self.isPlain(text) else { throw ReaderError("a member has the unsafe name \"\(shown(text))\"") }
        guard flags & 1 == 0 else { throw ReaderError("the member \"\(shown(text))\" is encrypted") }
        var large = Self.zip64(in: extra)[...]
        func value(_ field: Int) throws(ReaderError) -> Int {
            guard field == 0xFFFF_FFFF else { return field }
            guard large.count >= 8 else {
                throw ReaderError("the member \"\(shown(text))\" has no ZIP64 field where it needs one")
            }
            defer { large = large.dropFirst(8) }
            return large.prefix(8).littleSize
        }
        size = try value(fixed[24..<28].littleSize)
        packedSize = try value(fixed[20..<24].littleSize)
        headerOffset = try value(fixed[42..<46].littleSize)
    }

    /// The member. Its own header is read and must agree with the entry.
    ///
    /// - Parameter directory: The start of the directory; every member must end before it.
    func member(in file: ByteSource, before directory: Int) throws(ReaderError) -> ZIPArchive.Member {
        func damaged(_ why: String) -> ReaderError { ReaderError("the member \"\(shown(name))\" \(why)") }
        guard headerOffset <= directory, let local = try file.bytes(headerOffset, 30),
            local[..<4].littleEndian == 0x0403_4B50
        else { throw damaged("is not where the directory says") }
        let nameLength = local[26..<28].littleSize
        let extraLength = local[28..<30].littleSize
        guard let localName = try file.bytes(headerOffset + 30, nameLength), localName == nameBytes,
            local[8..<10].littleSize == method
        else { throw damaged("has another name or method in its own header than in the directory") }
        let start = headerOffset + 30 + nameLength + extraLength
        guard start <= directory, packedSize <= directory - start else { throw damaged("is not all there") }
        guard method != 0 || packedSize == size else { throw damaged("has two sizes") }
        return ZIPArchive.Member(
            name: name,
            isStored: method == 0,
            range: start..<start + packedSize,
            crc32: crc32,
            headerOffset: headerOffset,
            extraBytes: extraLength
        )
    }

    /// The contents of the ZIP64 field among the extra fields (§4.5.3): sizes and offset that need more than 32 bits.
    private static func zip64(in extra: ArraySlice<UInt8>) -> [UInt8] {
        var rest = extra
        while rest.count >= 4 {
            let kind = rest.prefix(2).littleSize
            let count = rest.dropFirst(2).prefix(2).littleSize
            rest = rest.dropFirst(4)
            if kind == 1 { return Array(rest.prefix(count)) }
            rest = rest.dropFirst(count)
        }
        return []
    }

    /// Whether a program that unpacks the member stays inside its folder.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("/") && !name.contains("\\") && !name.unicodeScalars.contains("\0")
            && !name.split(separator: "/", omittingEmptySubsequences: false).contains("..")
            && !(name.dropFirst().first == ":")
    }
}
