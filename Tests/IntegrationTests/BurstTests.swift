import Foundation
import Testing

@Suite("Segments in ten formats")
struct BurstTests {
    @Test("every segment begins within 1 ms of the timeline, and every decoded MP3 has its planned length")
    func segmentStarts() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 6)
            let imported = try await daemon.packctl("import", book.folder)
            try #require(imported.status == 0, "\(imported.errors)")
            let created = try await daemon.packctl("create", "bursts", "--platform", "google", "--watch")
            try #require(created.status == 0, "\(created.errors)")
            let package = try await Package.download(of: "bursts", from: daemon, to: folder)
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
    }
}
