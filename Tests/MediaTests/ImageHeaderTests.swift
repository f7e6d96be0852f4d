import Media
import Testing

@Suite("Covers")
struct ImageHeaderTests {
    private func header(_ path: String) throws -> ImageHeader {
        try ImageHeader.read(descriptor: openFile(path))
    }

    private func refusal(_ bytes: [UInt8], _ fixtures: Fixtures) throws -> MediaError? {
        do {
            _ = try header(fixtures.write(bytes, "bad"))
            return nil
        } catch let error as MediaError { return error }
    }

    private func picture(_ fixtures: Fixtures, _ name: String, size: String = "300x200") throws -> String {
        try fixtures.ffmpeg(["-f", "lavfi", "-i", "testsrc=s=\(size)", "-frames:v", "1"], name)
    }

    @Test("the size of a JPEG and of a PNG is found")
    func sizes() throws {
        try Fixtures.with { fixtures in
            let jpeg = try header(picture(fixtures, "c.jpg"))
            #expect((jpeg.format, jpeg.width, jpeg.height) == (.jpeg, 300, 200))
            let png = try header(picture(fixtures, "c.png", size: "3000x3000"))
            #expect((png.format, png.width, png.height) == (.png, 3000, 3000))
        }
    }

    @Test("a cover that was cut off is refused, wherever it was cut", arguments: ["c.jpg", "c.png"])
    func truncated(name: String) throws {
        try Fixtures.with { fixtures in
            let whole = try fixtures.bytes(picture(fixtures, name))
            for length in stride(from: 8, to: whole.count - 1, by: max(1, whole.count / 100)) {
                #expect(try refusal(Array(whole[..<length]), fixtures)?.kind == .truncated, "\(length) bytes")
            }
            #expect(try refusal(Array(whole.dropLast(2)), fixtures)?.reason == "it ends before the image does")
        }
    }

    @Test("a PNG in which one bit changed is refused")
    func damagedPNG() throws {
        try Fixtures.with { fixtures in
            var bytes = try fixtures.bytes(picture(fixtures, "c.png"))
            bytes[18] ^= 1
            let reason = try refusal(bytes, fixtures)?.reason
            #expect(reason == "the PNG chunk at byte 8 does not match its checksum")
        }
    }

    @Test("a progressive JPEG is accepted; an image without pixels, CMYK and files of other kinds are refused")
    func jpegKinds() throws {
        try Fixtures.with { fixtures in
            var bytes = try fixtures.bytes(picture(fixtures, "c.jpg"))
            let frame = try #require((0..<bytes.count).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
            bytes[frame + 1] = 0xC2
            #expect(try header(fixtures.write(bytes, "p.jpg")).width == 300)
            bytes[frame + 9] = 4
            #expect(try refusal(bytes, fixtures)?.kind == .unsupported)
            bytes[frame + 9] = 3
            bytes.replaceSubrange(frame + 5..<frame + 7, with: [0, 0])
            #expect(try refusal(bytes, fixtures)?.reason == "its header says that it is 300 by 0 pixels")
            #expect(try refusal([], fixtures)?.kind == .empty)
            #expect(try refusal(Array("GIF89a".utf8), fixtures)?.kind == .notMedia)
            #expect(try refusal([0xFF, 0xD8, 0xFF, 0xD9], fixtures)?.kind == .damaged)
        }
    }

    @Test("an image whose parts are whole and whose pixels are not all there is refused, and a whole one is not")
    func pixels() throws {
        try Fixtures.with { fixtures in
            let decode = { (bytes: [UInt8]) throws -> MediaError? in
                let file = try openFile(fixtures.write(bytes, "image"))
                do {
                    _ = try ImageHeader.decode(descriptor: file, maximumPixels: 60_000)
                    return nil
                } catch let error as MediaError { return error }
            }
            let png = try fixtures.bytes(picture(fixtures, "c.png"))
            let jpeg = try fixtures.bytes(picture(fixtures, "c.jpg"))
            for whole in [png, jpeg] { #expect(try decode(whole) == nil) }
            for half in [Self.shortened(png), jpeg.prefix(jpeg.count / 2) + [0xFF, 0xD9]] {
                #expect(try refusal(half, fixtures) == nil, "its header is no fault")
                #expect(try decode(half)?.kind == .damaged)
            }
            let large = try fixtures.bytes(picture(fixtures, "l.png", size: "300x201"))
            #expect(try decode(large)?.reason == "it is 300 by 201 pixels, more than 60000 in all")
        }
    }

    /// The PNG with half of the bytes of its first chunk of pixels, and no other, with a right checksum.
    private static func shortened(_ png: [UInt8]) -> [UInt8] {
        var result = Array(png[..<8])
        var offset = 8
        var hasPixels = false
        while offset + 12 <= png.count {
            let size = png[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            let kind = Array(png[offset + 4..<offset + 8])
            var body = Array(png[offset + 8..<offset + 8 + size])
            offset += 12 + size
            if kind == Array("IDAT".utf8) {
                if hasPixels { continue }
                hasPixels = true
                body = Array(body.prefix(body.count / 2))
            }
            result += bigEndian(UInt32(body.count)) + kind + body + bigEndian(checksum(kind + body))
        }
        return result
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    /// PNG's CRC-32.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB8_8320 }
        }
        return ~crc
    }
}
