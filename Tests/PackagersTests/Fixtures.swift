import Foundation
import Model
import Packagers
import TestSupport
import Testing

extension BookMetadata {
    static let latin = BookMetadata(
        title: "The Knot-Keeper & the \"Señor\"",
        subtitle: "A story",
        authors: ["Ana Núñez", "B. Writer"],
        narrators: ["Vera Voice"],
        language: "en-GB",
        publisher: "Khipu Press",
        isbn: "978-3-16-148410-0",
        description: "First line.\nSecond line.",
        copyright: "© Ana Núñez",
        series: "Knots",
        year: 2025,
        digitalVoice: true
    )
}

/// A real MP3 and a real cover, made by FFmpeg.
struct MediaFixtures {
    let audio: [UInt8]
    let picture: [UInt8]
    let cover: Cover

    init(in folder: URL, seconds: Int = 2) throws {
        let mp3 = folder.appendingPathComponent("fixture.mp3")
        let jpeg = folder.appendingPathComponent("fixture.jpg")
        let quiet = ["-hide_banner", "-loglevel", "error", "-y"]
        let sound = quiet + ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=\(seconds)"]
        try Oracle.run("ffmpeg", sound + ["-ac", "1", "-b:a", "256k", "-id3v2_version", "0", "-bitexact", mp3.path])
        try Oracle.run("ffmpeg", quiet + ["-f", "lavfi", "-i", "color=teal:size=300x300", "-frames:v", "1", jpeg.path])
        audio = [UInt8](try Data(contentsOf: mp3))
        picture = [UInt8](try Data(contentsOf: jpeg))
        cover = Cover(
            digest: try #require(Digest(bytes: [UInt8](repeating: 1, count: 32))),
            bytes: picture.count,
            format: .jpeg,
            width: 300,
            height: 300
        )
    }

    var audioFile: EncodedFile { EncodedFile(bytes: Int64(audio.count), crc32: CRC32(of: audio).value) }
}

/// The bytes of a package, put together as a caller does. Each piece must begin where the one before it ended.
func assemble(_ pieces: [Piece], sources: (Piece.Source) -> [UInt8]) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for piece in pieces.sorted(by: { $0.offset < $1.offset }) {
        guard piece.offset == Int64(bytes.count) else { throw Gap(at: piece.offset, expected: bytes.count) }
        switch piece.content {
        case .bytes(let content): bytes += content
        case .file(let source, let offset, let length): bytes += sources(source)[Int(offset)..<Int(offset + length)]
        }
    }
    return bytes
}

struct Gap: Error {
    let at: Int64
    let expected: Int
}
