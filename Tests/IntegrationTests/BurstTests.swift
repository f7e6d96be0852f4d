import Foundation
import Testing

@Suite("Segments in ten formats")
struct BurstTests {
    @Test("every segment begins within 1 ms of the timeline, in decoded MP3s, in SMIL clips and at the M4B's marks")
    func segmentStarts() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 6)
            let imported = try await daemon.packctl("import", book.folder)
            try #require(imported.status == 0, "\(imported.errors)")
            let created = try await daemon.packctl(
                "create",
                "bursts",
                "--platform",
                "google",
                "--platform",
                "apple",
                "--platform",
                "kobo",
                "--watch"
            )
            try #require(created.status == 0, "\(created.errors)")
            let downloaded = try await daemon.packctl("download", "--all", "bursts", "-o", folder + "/packages")
            try #require(downloaded.status == 0, "\(downloaded.errors)")

            try await checkZIP(folder + "/packages/google.zip", book)
            try await checkEPUB(folder + "/packages/kobo.epub", book)
            try await checkM4B(folder + "/packages/apple.m4b", book)
        }
    }

    private func checkZIP(_ file: String, _ book: BurstBook) async throws {
        let package = try await Package.unpack(file, to: file + ".d")
        #expect(package.tracks.count == book.chapters.count)
        for (chapter, track) in package.tracks.enumerated() {
            let (starts, length) = book.timeline(ofChapter: chapter)
            let samples = try await BurstBook.decode(track)
            #expect(samples.count == length, "chapter \(chapter + 1)")
            for (segment, start) in starts.enumerated() {
                let lag = BurstBook.lag(of: samples, at: start)
                #expect(abs(lag) <= 44, "chapter \(chapter + 1), segment \(segment + 1) is \(lag) samples off")
            }
        }
    }

    private func checkEPUB(_ file: String, _ book: BurstBook) async throws {
        let folder = file + ".d"
        try await Program.tool("unzip", ["-q", "-o", file, "-d", folder])
        for chapter in book.chapters.indices {
            let name = "chapter-0\(chapter + 1)"
            let smil = try String(contentsOfFile: "\(folder)/EPUB/overlays/\(name).smil", encoding: .utf8)
            let clips = smil.matches(of: /clipBegin="([0-9.]+)s" clipEnd="([0-9.]+)s"/)
            #expect(clips.count == book.chapters[chapter].count)
            let samples = try await BurstBook.decode("\(folder)/EPUB/audio/\(name).mp3")
            for (segment, clip) in clips.enumerated() {
                let begin = try Int((#require(Double(clip.1)) * 44_100).rounded())
                let lag = BurstBook.lag(of: samples, at: begin)
                #expect(abs(lag) <= 44, "chapter \(chapter + 1), clip \(segment + 1) is \(lag) samples off")
            }
        }
    }

    private func checkM4B(_ file: String, _ book: BurstBook) async throws {
        let output = try await Program.tool(
            "ffprobe",
            ["-v", "error", "-show_entries", "chapter=start", "-of", "csv=p=0", file]
        )
        let marks = output.split(separator: "\n").compactMap { Int($0.filter(\.isNumber)) }
        #expect(marks.count == book.chapters.count)
        let samples = try await BurstBook.decode(file)
        for (chapter, mark) in marks.enumerated() {
            // The edit list hides the priming of the first chapter; the others keep theirs in the book's time.
            let priming = chapter == 0 ? 0 : 1024
            let lag = BurstBook.lag(of: samples, at: mark + priming + BurstBook.head)
            #expect(abs(lag) <= 44, "the first burst of chapter \(chapter + 1) is \(lag) samples off")
        }
    }
}
