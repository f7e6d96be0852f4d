import Foundation

/// A book with five minutes of audio in each chapter that is small to send. It gives the daemon long work, so that a
/// test surely finds it working.
enum LongBook {
    /// Minutes of each chapter.
    static let minutes = 5

    /// Writes a book of `chapters` chapters into `folder`. Its slug is `long`, or else the title in small letters.
    ///
    /// All chapters share one recording of ``minutes`` minutes, which is sent once. A short tone makes each chapter
    /// differ from the others. A worker needs more than ten seconds for an hour on any machine, because the encoders
    /// run at 200 to 300 times real time. Books with other tones have no audio in common.
    static func write(to folder: String, chapters: Int, title: String = "Long", tone first: Int = 300) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let small = ["-r", "8000", "-b", "8", "-c", "1"]
        try await Program.tool(
            "sox",
            ["-n"] + small + [folder + "/long.wav", "synth", "\(minutes * 60)", "sine", "220", "vol", "0.1"]
        )
        var yaml = """
            title: \(title)
            authors: [A. Tester]
            narrators: [A Tone Generator]
            language: en
            cover: cover.png
            platforms: [google]
            mastering: "off"
            chapters:

            """
        for chapter in 1...chapters {
            let tone = "tone-\(chapter).wav"
            try await Program.tool(
                "sox",
                ["-n"] + small + [folder + "/" + tone, "synth", "0.2", "sine", "\(first + chapter)", "vol", "0.1"]
            )
            yaml += """
                  - title: Chapter \(chapter)
                    segments:
                      - {text: "A tone.", audio: \(tone)}
                      - {text: "A long tone.", audio: long.wav}

                """
        }
        try yaml.write(toFile: folder + "/book.yaml", atomically: true, encoding: .utf8)
        try await Program.tool(
            "ffmpeg",
            [
                "-loglevel", "error", "-f", "lavfi", "-i", "color=c=0x305070:s=3000x3000", "-frames:v", "1",
                folder + "/cover.png",
            ]
        )
    }
}
