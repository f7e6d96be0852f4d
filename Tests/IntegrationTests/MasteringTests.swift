import Foundation
import Testing

@Suite("Mastering of a book, judged by ffmpeg")
struct MasteringTests {
    /// The values that ffmpeg's meter finds in a file.
    private func levels(of path: String) async throws -> (level: Double, peak: Double) {
        let log = try await Program.run(
            "ffmpeg",
            ["-hide_banner", "-i", path, "-map", "0:a", "-af", "astats=measure_perchannel=none", "-f", "null", "-"]
        ).errors
        let level = try #require(log.firstMatch(of: /RMS level dB: (-?[\d.]+)/)?.1)
        let peak = try #require(log.firstMatch(of: /Peak level dB: (-?[\d.]+)/)?.1)
        return (try #require(Double(level)), try #require(Double(peak)))
    }

    /// Writes a book with a chapter for each of `chapters`: the volumes in dB of its segments, each twelve seconds of noise
    /// that swells and fades twice a second.
    private func write(
        _ chapters: [(title: String, volumes: [Double])],
        mastering: String,
        to folder: String
    ) async throws {
        _ = try await BurstBook.write(to: folder, chapters: 1)
        let yaml = try String(contentsOfFile: folder + "/book.yaml", encoding: .utf8)
        var text = String(yaml[..<(try #require(yaml.range(of: "platforms:"))).lowerBound])
        text += "platforms: [google, acx, apple]\nmastering: \(mastering)\nchapters:\n"
        for (number, chapter) in chapters.enumerated() {
            text += "  - title: \(chapter.title)\n    segments:\n"
            for (index, volume) in chapter.volumes.enumerated() {
                let name = "m\(number)-\(index).wav"
                try await Program.tool(
                    "ffmpeg",
                    [
                        "-loglevel", "error", "-y", "-f", "lavfi", "-i",
                        "anoisesrc=d=12:c=pink:r=44100:a=1:seed=\(index)",
                        "-af", "tremolo=f=2:d=0.9,volume=\(volume)dB", "-c:a", "pcm_s16le", folder + "/" + name,
                    ]
                )
                text += "      - {text: \"Noise.\", audio: \(name)}\n"
            }
        }
        try text.write(toFile: folder + "/book.yaml", atomically: true, encoding: .utf8)
    }

    private func packages(_ folder: String, _ daemon: Daemon, as name: String) async throws -> [String: String] {
        let imported = try await daemon.packctl("import", folder)
        try #require(imported.status == 0, "\(imported.errors)")
        let created = try await daemon.packctl("create", "bursts", "--watch")
        try #require(created.status == 0, "\(created.errors)")
        let out = folder + "/" + name
        let download = try await daemon.packctl("download", "--all", "bursts", "-o", out)
        try #require(download.status == 0, "\(download.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: out)
        return Dictionary(uniqueKeysWithValues: files.map { (String($0.prefix { $0 != "." }), out + "/" + $0) })
    }

    @Test("quiet, loud, clipped and mixed chapters measure inside the window in every file")
    func fits() async throws {
        try await withDaemon { daemon, folder in
            let book = folder + "/book"
            try await write(
                [("Quiet", [-30]), ("Loud", [6]), ("Clipped", [30]), ("Mixed", [-26, 10, -12])],
                mastering: "fit",
                to: book
            )
            let files = try await packages(book, daemon, as: "out")
            for platform in ["google", "acx"] {
                let package = try await Package.unpack(try #require(files[platform]), to: book + "/" + platform)
                #expect(package.tracks.count == 4)
                for track in package.tracks {
                    let (level, peak) = try await levels(of: track)
                    #expect((-23...(-18)).contains(level) && peak <= -3, "\(track): \(level) dB, peak \(peak) dB")
                }
            }
            let whole = try await levels(of: try #require(files["apple"]))
            #expect((-23...(-18)).contains(whole.level) && whole.peak <= -3, "\(whole)")
        }
    }

    @Test("mastering changes no byte of a chapter that is inside the window, and changes a chapter outside it")
    func leavesAlone() async throws {
        try await withDaemon { daemon, folder in
            // The second chapter is inside the window, the first is far below it.
            let chapters = [(title: "Quiet", volumes: [-30.0]), (title: "Right", volumes: [-3.0])]
            var tracks: [[Data]] = []
            for mastering in ["off", "fit"] {
                let book = folder + "/" + mastering
                try await write(chapters, mastering: mastering, to: book)
                let files = try await packages(book, daemon, as: "out")
                let package = try await Package.unpack(try #require(files["acx"]), to: book + "/acx")
                tracks.append(try package.tracks.map { try Data(contentsOf: URL(fileURLWithPath: $0)) })
                let (level, peak) = try await levels(of: package.tracks[1])
                try #require(
                    (-23...(-18)).contains(level) && peak <= -3,
                    "the fixture has \(level) dB, peak \(peak) dB"
                )
            }
            #expect(tracks[0][1] == tracks[1][1])
            #expect(tracks[0][0] != tracks[1][0])
            #expect(tracks[0][0].count == tracks[1][0].count)
        }
    }
}
