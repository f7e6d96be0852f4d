package import Descriptors

/// A cover's format and size, found by walking its file without decoding it.
package struct ImageHeader: Sendable, Hashable {
    /// The formats that platforms accept.
    package enum Format: String, Sendable, CaseIterable {
        case jpeg, png
    }

    /// The format, by its first bytes.
    package var format: Format
    /// Pixels across, at least 1.
    package var width: Int
    /// Pixels down, at least 1.
    package var height: Int

    /// Reads the header of an image and checks that the file is complete up to the image's end.
    ///
    /// PNG (ISO 15948): every chunk's checksum is checked. JPEG (ISO 10918-1): every marker up to the end of the image
    /// is checked, so that a truncated upload is refused. Progressive images are accepted, CMYK images are not.
    ///
    /// - Parameter range: The part of the file that is the image; the whole file when nil.
    /// - Throws: ``MediaError`` if the file is not a PNG or JPEG image, is damaged or not complete, or is of a kind that is
    ///   not accepted.
    package static func read(descriptor: Descriptor, range: Range<Int>? = nil) throws(MediaError) -> ImageHeader {
        let file = try MediaFile(descriptor, range: range)
        guard file.size > 0 else { throw MediaError(.empty, "the file is empty") }
        var window = ByteWindow(file)
        if try window.starts(with: "PNG", at: 1) { return try png(&window) }
        if try window.bytes(0, count: 3) == [0xFF, 0xD8, 0xFF] { return try jpeg(&window) }
        throw MediaError(.notMedia, "it is neither a JPEG nor a PNG image")
    }

    private init(_ format: Format, _ width: UInt64, _ height: UInt64) throws(MediaError) {
        guard (1...0x7FFF_FFFF).contains(width), (1...0x7FFF_FFFF).contains(height) else {
            throw MediaError(.damaged, "its header says that it is \(width) by \(height) pixels")
        }
        self.format = format
        self.width = Int(width)
        self.height = Int(height)
    }
}

extension ImageHeader {
    private static func png(_ window: inout ByteWindow) throws(MediaError) -> ImageHeader {
        guard let signature = try window.bytes(0, count: 8) else { throw truncated }
        guard signature == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] else {
            throw MediaError(.damaged, "its PNG signature was changed on the way")
        }
        var header: ImageHeader?
        var hasData = false
        var offset = 8
        while let chunk = try window.bytes(offset, count: 8) {
            let size = Int(chunk[..<4].bigEndian)
            let end = offset + 8 + size
            guard size <= 0x7FFF_FFFF, let stored = try window.bytes(end, count: 4) else { throw truncated }
            guard try checksum(&window, offset + 4..<end) == UInt32(stored.bigEndian) else {
                throw MediaError(.damaged, "the PNG chunk at byte \(offset) does not match its checksum")
            }
            let kind = chunk[4...]
            if offset == 8 {
                guard ("IHDR" as StaticString).matches(kind), size == 13,
                    let body = try window.bytes(offset + 8, count: 8)
                else { throw MediaError(.damaged, "it does not begin with a PNG header") }
                header = try ImageHeader(.png, body[..<4].bigEndian, body[4...].bigEndian)
            }
            if ("IDAT" as StaticString).matches(kind) { hasData = true }
            if ("IEND" as StaticString).matches(kind), hasData, let header { return header }
            offset = end + 4
        }
        throw truncated
    }

    /// PNG's CRC-32: reflected, polynomial 0xEDB88320.
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
    }

    private static func checksum(_ window: inout ByteWindow, _ range: Range<Int>) throws(MediaError) -> UInt32 {
        var crc = UInt32.max
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = min(1 << 15, range.upperBound - offset)
            let next = try window.at(offset, count: count) { span in
                span.indices.reduce(crc) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ span[$1])] }
            }
            guard let next else { throw truncated }
            crc = next
            offset += count
        }
        return ~crc
    }
}

extension ImageHeader {
    private static func jpeg(_ window: inout ByteWindow) throws(MediaError) -> ImageHeader {
        var header: ImageHeader?
        var offset = 2
        while let marker = try window.bytes(offset, count: 2) {
            guard marker[0] == 0xFF else {
                throw MediaError(.damaged, "the bytes from \(offset) on are no JPEG marker")
            }
            switch marker[1] {
            case 0xFF:  // fill byte
                offset += 1
                continue
            case 0xD9:
                guard let header else { throw MediaError(.damaged, "it ends without saying how large it is") }
                return header
            case 0x01, 0xD0...0xD7:
                offset += 2
                continue
            default: break
            }
            guard let sizeBytes = try window.bytes(offset + 2, count: 2) else { throw truncated }
            let size = Int(sizeBytes.bigEndian)
            guard size >= 2 else { throw MediaError(.damaged, "the JPEG segment at byte \(offset) has no length") }
            switch marker[1] {
            case 0xC0...0xC2: header = try frameHeader(&window, at: offset + 4)
            case 0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                throw MediaError(
                    .unsupported,
                    "it is a lossless, hierarchical or arithmetic JPEG, which few programs read"
                )
            default: break
            }
            offset += 2 + size
            if marker[1] == 0xDA {
                guard header != nil else { throw MediaError(.damaged, "its pixels begin before its size is told") }
                offset = try endOfScan(&window, from: offset)
            }
        }
        throw truncated
    }

    private static func frameHeader(_ window: inout ByteWindow, at offset: Int) throws(MediaError) -> ImageHeader {
        guard let frame = try window.bytes(offset, count: 6) else { throw truncated }
        guard frame[5] == 1 || frame[5] == 3 else {
            throw MediaError(.unsupported, "its pixels have \(frame[5]) components (CMYK?); RGB and grey are taken")
        }
        return try ImageHeader(.jpeg, frame[3...4].bigEndian, frame[1...2].bigEndian)
    }

    /// The next marker after the coded pixels. Inside them 0xFF is followed by 0 or belongs to one of eight restart
    /// marks.
    private static func endOfScan(_ window: inout ByteWindow, from start: Int) throws(MediaError) -> Int {
        var offset = start
        while window.end - offset >= 2 {
            let count = min(1 << 15, window.end - offset)
            let found = try window.at(offset, count: count) { span in
                (0..<count - 1).first { index in
                    span[index] == 0xFF && span[index + 1] != 0 && !(0xD0...0xD7).contains(span[index + 1])
                }
            }
            guard let found else { throw truncated }
            if let found { return offset + found }
            offset += count - 1
        }
        throw truncated
    }

    private static let truncated = MediaError(.truncated, "it ends before the image does")
}
