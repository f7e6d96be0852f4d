import Foundation
import Media
import TestSupport
import Testing

@Suite("Hostile files")
struct MutationTests {
    static let formats: [(file: String, options: [String])] = [
        ("a.wav", ["-ar", "16000"]), ("b.flac", []), ("c.mp3", ["-b:a", "64k"]), ("d.m4a", []), ("e.aac", []),
        ("f.opus", ["-c:a", "libopus", "-b:a", "32k"]), ("g.ogg", ["-c:a", "libvorbis"]),
        ("h.wav", ["-ac", "6", "-ar", "22050"]),
    ]

    /// Each run has another seed; `MEDIA_FUZZ_SEED` repeats one.
    static let seed =
        ProcessInfo.processInfo.environment["MEDIA_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)

    @Test(
        "a mutated file decodes to a bounded length or is refused, and never crashes the process",
        arguments: formats
    )
    func mutated(file: String, options: [String]) throws {
        try Fixtures.with { fixtures in
            let short = try fixtures.ffmpeg(["-i", try fixtures.master(), "-t", "0.7"] + options, file)
            let whole = try fixtures.bytes(short)
            var random = SeededGenerator(seed: Self.seed)
            var taken = 0
            for round in 0..<300 {
                let path = try fixtures.write(mutate(whole, using: &random), "m")
                do {
                    let measured = try measurement(of: path)
                    taken += 1
                    #expect(measured.samples > 0 && measured.samples <= 4 * 3600 * 44_100)
                    #expect(measured.energy.isFinite && measured.peak.isFinite)
                } catch let error as MediaError {
                    #expect(!error.reason.isEmpty && !error.reason.contains("\n"))
                    #expect(error.kind != .failed, "round \(round), seed \(Self.seed): \(error.reason)")
                }
            }
            #expect(taken < 300, "no mutation was noticed, seed \(Self.seed)")
        }
    }

    /// Changes some bytes, half of the time only among the first 200, where headers are, or cuts off the end, or repeats or
    /// removes a stretch.
    private func mutate(_ whole: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        var bytes = whole
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes.removeLast(Int.random(in: 1..<whole.count, using: &random))
        case 1:
            let start = Int.random(in: 0..<whole.count, using: &random)
            bytes.insert(contentsOf: whole[start..<min(whole.count, start + 400)], at: start)
        case 2:
            let start = Int.random(in: 0..<whole.count - 1, using: &random)
            bytes.removeSubrange(start..<min(whole.count, start + 100))
        default:
            let isHeader = Bool.random(using: &random)
            let limit = isHeader ? min(200, whole.count) : whole.count
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let extremes: [UInt8] = [0, 0xFF, 0x7F, 0x80, UInt8.random(in: 0...255, using: &random)]
                let place = Int.random(in: 0..<limit, using: &random)
                bytes[place] = extremes.randomElement(using: &random) ?? 0
            }
            // A checksum would catch most mutations, so files are tested with correct checksums, too.
            if whole.starts(with: Array("OggS".utf8)) { repairOggChecksums(&bytes) }
        }
        return bytes
    }
}

/// Corrects the checksum of every whole page, so that the mutation reaches the decoder.
func repairOggChecksums(_ bytes: inout [UInt8]) {
    var offset = 0
    while offset + 27 <= bytes.count, bytes[offset..<offset + 4].elementsEqual("OggS".utf8) {
        let segments = Int(bytes[offset + 26])
        guard offset + 27 + segments <= bytes.count else { return }
        let size = 27 + segments + bytes[offset + 27..<offset + 27 + segments].reduce(0) { $0 + Int($1) }
        guard offset + size <= bytes.count else { return }
        bytes.replaceSubrange(offset + 22..<offset + 26, with: [0, 0, 0, 0])
        var crc: UInt32 = 0
        for byte in bytes[offset..<offset + size] {
            crc ^= UInt32(byte) << 24
            for _ in 0..<8 { crc = crc >> 31 == 0 ? crc << 1 : crc << 1 ^ 0x04C1_1DB7 }
        }
        for index in 0..<4 { bytes[offset + 22 + index] = UInt8(truncatingIfNeeded: crc >> (8 * index)) }
        offset += size
    }
}
