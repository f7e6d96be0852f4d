import Foundation
import Testing

/// A book of short segments in ten formats. Each segment begins with a burst that can be found again in the packages.
struct BurstBook {
    /// How a segment is stored.
    enum Format: String, CaseIterable {
        case wav16k, wav22k8bit, wav44kStereo, wav48k24bit, wav48kSurround
        case mp3Constant, mp3Variable, flac, opus, m4a

        var fileExtension: String {
            switch self {
            case .mp3Constant, .mp3Variable: "mp3"
            case .flac: "flac"
            case .opus: "opus"
            case .m4a: "m4a"
            default: "wav"
            }
        }
    }

    /// Tenths of a second of each segment, by chapter. A tenth is a whole number of samples at every rate used.
    let chapters: [[Int]]
    /// The folder that holds `book.yaml`.
    let folder: String

    /// Samples of room tone before the first segment: the default of 0.75 s.
    static let head = 33_075
    /// Samples of room tone after the last: the default of 1.5 s, before the padding to the grid.
    static let tail = 66_150

    /// Where each segment of a chapter begins, in samples at 44,100 Hz, and the chapter's length.
    func timeline(ofChapter chapter: Int) -> (starts: [Int], length: Int) {
        var position = Self.head
        let starts = chapters[chapter].map { tenths in
            defer { position += tenths * 4410 }
            return position
        }
        return (starts, (position + Self.tail + 1023) / 1024 * 1024)
    }

    /// Writes a book of `chapters` chapters with ten segments each into `folder`, every format in every chapter.
    static func write(
        to folder: String,
        chapters count: Int,
        title: String = "Bursts"
    ) async throws -> BurstBook {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let chapters = (0..<count).map { chapter in
            Format.allCases.indices.map { 3 + ($0 * 5 + chapter * 3) % 8 }
        }
        var yaml = """
            title: "\(title)"
            authors: [A. Tester]
            narrators: [A Tone Generator]
            language: en
            cover: cover.png
            platforms: [google]
            chapters:

            """
        for (number, lengths) in chapters.enumerated() {
            yaml += "  - title: Chapter \(number + 1)\n    segments:\n"
            for (index, tenths) in lengths.enumerated() {
                // Each chapter begins with another format.
                let format = Format.allCases[(index + number) % Format.allCases.count]
                let name = "c\(number + 1)-s\(index + 1)-\(format.rawValue).\(format.fileExtension)"
                try await write(format, tenths: tenths, to: folder + "/" + name)
                yaml += "      - {text: \"Segment \(index + 1).\", audio: \(name)}\n"
            }
        }
        try yaml.write(toFile: folder + "/book.yaml", atomically: true, encoding: .utf8)
        try await Program.tool(
            "ffmpeg",
            [
                "-loglevel", "error", "-f", "lavfi", "-i", "color=c=0x305070:s=3000x3000", "-frames:v", "1",
                folder + "/cover.png",
            ]
        )
        return BurstBook(chapters: chapters, folder: folder)
    }

    private static func write(_ format: Format, tenths: Int, to path: String) async throws {
        func ffmpeg(_ arguments: String...) async throws {
            let source = path + ".source.wav"
            try wave(rate: 44_100, channels: 1, bits: 16, tenths: tenths).write(to: URL(fileURLWithPath: source))
            try await Program.tool("ffmpeg", ["-loglevel", "error", "-i", source] + arguments + [path])
            try FileManager.default.removeItem(atPath: source)
        }
        let file = URL(fileURLWithPath: path)
        switch format {
        case .wav16k: try wave(rate: 16_000, channels: 1, bits: 16, tenths: tenths).write(to: file)
        case .wav22k8bit: try wave(rate: 22_050, channels: 1, bits: 8, tenths: tenths).write(to: file)
        case .wav44kStereo: try wave(rate: 44_100, channels: 2, bits: 16, tenths: tenths).write(to: file)
        case .wav48k24bit: try wave(rate: 48_000, channels: 1, bits: 24, tenths: tenths).write(to: file)
        case .wav48kSurround: try wave(rate: 48_000, channels: 6, bits: 16, tenths: tenths).write(to: file)
        case .mp3Constant, .mp3Variable:
            let source = path + ".source.wav"
            try wave(rate: 44_100, channels: 1, bits: 16, tenths: tenths).write(to: URL(fileURLWithPath: source))
            let rate = format == .mp3Constant ? ["--cbr", "-b", "128"] : ["-V", "3"]
            try await Program.tool("lame", ["--quiet"] + rate + [source, path])
            try FileManager.default.removeItem(atPath: source)
        case .flac: try await ffmpeg("-c:a", "flac")
        case .opus: try await ffmpeg("-c:a", "libopus", "-b:a", "64k")
        case .m4a: try await ffmpeg("-c:a", "aac", "-b:a", "128k")
        }
    }

    /// The burst at `seconds` after its beginning: a sweep from 400 Hz to 4 kHz in 30 ms, whose position can be found
    /// exactly.
    static func burst(_ seconds: Double) -> Double {
        guard seconds >= 0, seconds < 0.03 else { return 0 }
        let phase = 2 * Double.pi * (400 * seconds + (4000 - 400) / (2 * 0.03) * seconds * seconds)
        return 0.5 * sin(phase)
    }

    /// A WAV file that begins with the burst, the same in every channel.
    private static func wave(rate: Int, channels: Int, bits: Int, tenths: Int) -> Data {
        let frames = rate * tenths / 10
        let frameBytes = channels * bits / 8
        var data = Data()
        func append(_ value: some FixedWidthInteger) {
            for byte in 0..<value.bitWidth / 8 { data.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
        }
        data.append(contentsOf: Array("RIFF".utf8))
        append(UInt32(36 + frames * frameBytes))
        data.append(contentsOf: Array("WAVEfmt ".utf8))
        append(UInt32(16))
        append(UInt16(1))
        append(UInt16(channels))
        append(UInt32(rate))
        append(UInt32(rate * frameBytes))
        append(UInt16(frameBytes))
        append(UInt16(bits))
        data.append(contentsOf: Array("data".utf8))
        append(UInt32(frames * frameBytes))
        for frame in 0..<frames {
            let value = burst(Double(frame) / Double(rate))
            for _ in 0..<channels {
                switch bits {
                case 8: append(UInt8(128 + (value * 127).rounded()))
                case 24:
                    let sample = Int32((value * 8_388_607).rounded())
                    data.append(contentsOf: [0, 8, 16].map { UInt8(truncatingIfNeeded: sample >> $0) })
                default: append(Int16((value * 32_767).rounded()))
                }
            }
        }
        return data
    }

    /// The distance of the burst from `position` in `samples`, in samples at 44,100 Hz: the lag of the best match.
    static func lag(of samples: [Float], at position: Int) -> Int {
        let template = (0..<1323).map { Float(burst(Double($0) / 44_100)) }
        var best = (lag: 0, match: -Float.infinity)
        for lag in -150...150 {
            let start = position + lag
            guard start >= 0, start + template.count <= samples.count else { continue }
            var match: Float = 0
            for index in stride(from: 0, to: template.count, by: 2) {
                match += template[index] * samples[start + index]
            }
            if match > best.match { best = (lag, match) }
        }
        return best.lag
    }

    /// Decodes a file with `ffmpeg` to 44,100 Hz mono.
    static func decode(_ path: String) async throws -> [Float] {
        let raw = path + ".f32"
        try await Program.tool(
            "ffmpeg",
            ["-loglevel", "error", "-y", "-i", path, "-map", "0:a", "-ar", "44100", "-ac", "1", "-f", "f32le", raw]
        )
        let data = try Data(contentsOf: URL(fileURLWithPath: raw))
        return unsafe data.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
    }
}
