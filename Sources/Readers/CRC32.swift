/// The CRC-32 of ZIP: reflected, polynomial 0xEDB88320.
struct CRC32 {
    /// Eight tables of 256 values. Handling eight bytes at a time is four times as fast as one.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = []
        for index in 0..<256 as Range<UInt32> {
            var crc = index
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
            tables.append(crc)
        }
        for place in 256..<8 * 256 {
            let shorter = tables[place - 256]
            tables.append(shorter >> 8 ^ tables[Int(shorter & 0xFF)])
        }
        return tables
    }()

    private var state = UInt32.max

    var value: UInt32 { ~state }

    mutating func update(_ bytes: [UInt8]) {
        var crc = state
        var index = 0
        let tables = CRC32.tables
        while index + 8 <= bytes.count {
            var next: UInt32 = 0
            for place in 0..<8 {
                let byte =
                    bytes[index + place] ^ (place < 4 ? UInt8(truncatingIfNeeded: crc >> (8 * UInt32(place))) : 0)
                next ^= tables[(7 - place) * 256 + Int(byte)]
            }
            crc = next
            index += 8
        }
        while index < bytes.count {
            crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])]
            index += 1
        }
        state = crc
    }
}

extension ZIPArchive.Member {
    /// Whether the member's bytes match the checksum in the directory. Reads all of them.
    ///
    /// - Parameter progress: Called for each mebibyte.
    package func isIntact(
        in file: ByteSource,
        progress: () -> Void = {}
    ) throws(ReaderError) -> Bool {
        var crc = CRC32()
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = min(ByteSource.longestRead, range.upperBound - offset)
            guard let bytes = try file.bytes(offset, count) else { return false }
            crc.update(bytes)
            offset += count
            progress()
        }
        return crc.value == crc32
    }
}
