import Foundation
import Testing

@Suite("One batch for five platforms")
struct FivePlatformsTests {
    @Test("M4B and EPUB begin every segment on time, and Google's and Spotify's bytes are stored once")
    func fiveStores() async throws {
        try await withDaemon(arguments: ["--log-level", "debug"]) { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 6)
            let imported = try await daemon.packctl("import", book.folder)
            try #require(imported.status == 0, "\(imported.errors)")
            let stores = ["apple", "google", "spotify", "acx", "kobo"]
            let created = try await daemon.packctl(
                ["create", "bursts", "--watch"] + stores.flatMap { ["--platform", $0] }
            )
            try #require(created.status == 0, "\(created.errors)")
            let downloaded = try await daemon.packctl("download", "--all", "bursts", "-o", folder + "/packages")
            try #require(downloaded.status == 0, "\(downloaded.errors)")

            try await checkM4B(folder + "/packages/apple.m4b", book: book)
            try await checkEPUB(folder + "/packages/kobo.epub", in: folder, book: book)
            let zips = try ["google", "spotify"].map { store in
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/packages/\(store).zip"))
            }
            #expect(zips[0] == zips[1])
            let list = try #require(try await daemon.json("packages", "bursts")["packages"] as? [[String: Any]])
            let roots = try stores.map { store in
                let package = try #require(list.first { $0["platformId"] as? String == store })
                return package["sameAsPackageId"] as? String
            }
            let google = try #require(list.first { $0["platformId"] as? String == "google" }?["id"] as? String)
            #expect(roots == [nil, nil, google, nil, nil])

            // Each chapter is decoded by one worker, once, and encoded by it once for each of AAC 128k, MP3 256k and 192k.
            let renders = daemon.log.split(separator: "\n").filter { $0.contains(" debug packagingd: rendered ") }
            #expect(renders.count == book.chapters.count)
            #expect(renders.allSatisfy { $0.contains(" encodes=3 ") }, "\(renders)")
        }
    }

    /// In the single track of an M4B, every chapter but the first begins with the priming frame of its encoder. Its
    /// chapter mark lies on that frame.
    private func checkM4B(_ file: String, book: BurstBook) async throws {
        let samples = try await BurstBook.decode(file)
        let output = try await Program.tool(
            "ffprobe",
            ["-v", "error", "-show_entries", "chapter=start", "-of", "csv=p=0", file]
        )
        let marks = output.split(separator: "\n").compactMap { Int($0.filter(\.isNumber)) }
        #expect(marks.count == book.chapters.count)
        var mark = 0
        for chapter in book.chapters.indices {
            let (starts, length) = book.timeline(ofChapter: chapter)
            #expect(marks[chapter] == mark)
            let first = mark + (chapter == 0 ? 0 : 1024)
            for (segment, start) in starts.enumerated() {
                let lag = BurstBook.lag(of: samples, at: first + start)
                #expect(abs(lag) <= 44, "chapter \(chapter + 1), segment \(segment + 1) is \(lag) samples off")
            }
            mark = first + length
        }
        #expect(samples.count == mark)
    }

    private func checkEPUB(_ file: String, in folder: String, book: BurstBook) async throws {
        let root = folder + "/epub"
        try await Program.tool("unzip", ["-q", file, "-d", root])
        for chapter in book.chapters.indices {
            let name = "/EPUB/%/chapter-0\(chapter + 1)."
            let overlay = try String(
                contentsOfFile: root + name.replacingOccurrences(of: "%", with: "overlays") + "smil",
                encoding: .utf8
            )
            let clips = overlay.components(separatedBy: "clipBegin=\"").dropFirst().compactMap { clip in
                clip.components(separatedBy: "s\"").first.flatMap(Double.init)
            }
            #expect(clips.count == book.chapters[chapter].count)
            let samples = try await BurstBook.decode(
                root + name.replacingOccurrences(of: "%", with: "audio") + "mp3"
            )
            for (segment, clip) in clips.enumerated() {
                let lag = BurstBook.lag(of: samples, at: Int((clip * 44_100).rounded()))
                #expect(abs(lag) <= 44, "chapter \(chapter + 1), clip \(segment + 1) is \(lag) samples off")
            }
        }
    }
}
