import Foundation
import TestSupport

/// Packages in the form in which other programs make them: encoded by FFmpeg, packed by Info-ZIP.
struct PackageFixture {
    /// One track: the parameters for FFmpeg.
    struct Track {
        /// An expression of FFmpeg's `aevalsrc`: a tone between room tone at both ends.
        var sound = "if(between(t,0.75,8.2),0.17*sin(2764.6*t),0)+0.0003*(random(0)*2-1)"
        var seconds = 10
        var rate = 44_100
        var channels = 1
        var quality = ["-b:a", "256k"]
    }

    let folder: URL

    /// The path of a file in the fixture's folder.
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// An MP3 with tags.
    @discardableResult
    func mp3(_ name: String, _ track: Track = Track()) throws -> String {
        let sound = Array(repeating: track.sound, count: track.channels).joined(separator: "|")
        try ffmpeg(
            ["-f", "lavfi", "-i", "aevalsrc=\(sound.replacing(",", with: "\\,")):s=\(track.rate):d=\(track.seconds)"]
                + ["-c:a", "libmp3lame"] + track.quality + ["-id3v2_version", "3"] + tags + [path(name)]
        )
        return path(name)
    }

    /// An M4B with chapters at their starts in seconds. Brand, index and everything else are FFmpeg's.
    func m4b(_ name: String, chapters: [Int] = [0, 4], options: [String] = []) throws -> String {
        var marks = ";FFMETADATA1\n"
        for (index, start) in chapters.enumerated() {
            let end = index + 1 < chapters.count ? chapters[index + 1] : 10
            marks += "[CHAPTER]\nTIMEBASE=1/1\nSTART=\(start)\nEND=\(end)\ntitle=Chapter \(index + 1)\n"
        }
        try Data(marks.utf8).write(to: folder.appendingPathComponent("marks.txt"))
        let sound = Track().sound.replacing(",", with: "\\,")
        try ffmpeg(
            ["-f", "lavfi", "-i", "aevalsrc=\(sound):s=44100:d=10", "-i", path("marks.txt"), "-i", try cover()]
                + [
                    "-map", "0:a", "-map", "2:v", "-map_chapters", "1", "-c:v", "copy", "-disposition:v",
                    "attached_pic",
                ]
                + ["-c:a", "aac", "-b:a", "160k", "-f", "ipod", "-brand", "M4B "] + tags + options + [path(name)]
        )
        return path(name)
    }

    /// A cover of one colour.
    @discardableResult
    func cover(_ name: String = "cover.jpg", size: Int = 3000) throws -> String {
        try ffmpeg(["-f", "lavfi", "-i", "color=teal:size=\(size)x\(size)", "-frames:v", "1", path(name)])
        return path(name)
    }

    /// A ZIP of files in the folder, stored unless `level` says otherwise.
    func zip(_ name: String, _ files: [String], level: Int = 0) throws -> String {
        try? FileManager.default.removeItem(atPath: path(name))
        let verdict = try Oracle.run("zip", ["-q", "-X", "-\(level)", name] + files, in: folder)
        guard verdict.status == 0 else { throw Failure(output: verdict.output) }
        return path(name)
    }

    /// A ZIP of two tracks and a cover.
    func zip(of track: Track = Track(), cover size: Int = 3000) throws -> String {
        try mp3("1.mp3", track)
        try FileManager.default.copyItem(atPath: path("1.mp3"), toPath: path("2.mp3"))
        try cover(size: size)
        return try zip("book.zip", ["cover.jpg", "1.mp3", "2.mp3"])
    }

    private let tags = [
        "-metadata", "album=A Book", "-metadata", "title=A Chapter", "-metadata", "artist=An Author",
        "-metadata", "composer=A Narrator",
    ]

    private func ffmpeg(_ arguments: [String]) throws {
        let verdict = try Oracle.run("ffmpeg", ["-hide_banner", "-loglevel", "error", "-y"] + arguments)
        guard verdict.status == 0 else { throw Failure(output: verdict.output) }
    }

    struct Failure: Error { let output: String }
}

/// Gives `body` a fixture in a folder of its own.
func withPackageFixture(_ body: (PackageFixture) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("khipu-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(PackageFixture(folder: folder))
}
