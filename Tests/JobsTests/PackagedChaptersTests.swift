import Model
import Packagers
import Store
import Testing

@testable import Jobs

@Suite("The places of chapters in a package")
struct PackagedChaptersTests {
    /// A chapter's file: `packets` packets of 20 bytes, every byte being the chapter's number.
    private func file(_ number: UInt8, packets: Int) throws -> (facts: EncodedFile, bytes: [UInt8]) {
        let bytes = [UInt8](repeating: number, count: packets * 20)
        let facts = EncodedFile(
            bytes: Int64(bytes.count),
            crc32: CRC32(of: bytes).value,
            digest: try digest(number),
            packetSizes: [UInt32](repeating: 20, count: packets)
        )
        return (facts, bytes)
    }

    private func digest(_ number: UInt8) throws -> Digest {
        try #require(Digest(bytes: [UInt8](repeating: number, count: 32)))
    }

    /// Writes a package of `files` and cuts its chapters out of it again.
    private func cut(
        _ packager: some Packager,
        _ files: [(facts: EncodedFile, bytes: [UInt8])],
        encodes: [UInt8]
    ) throws -> [[UInt8]] {
        var (packager, chapters) = (packager, PackagedChapters())
        var (header, package) = ([UInt8](), [UInt8]())
        func write(_ pieces: [Piece]) {
            for piece in pieces {
                chapters.wrote(piece)
                let bytes =
                    switch piece.content {
                    case .bytes(let bytes): bytes
                    case .file(.cover, _, let length): [UInt8](repeating: 0xC0, count: Int(length))
                    case .file(.track(let track), let offset, let length):
                        Array(files[track].bytes[Int(offset)..<Int(offset + length)])
                    }
                if piece.offset < packager.headerSize { header += bytes } else { package += bytes }
            }
        }
        write(try packager.begin())
        for (file, encode) in zip(files, encodes) {
            chapters.began(file.facts, encode: try digest(encode))
            write(try packager.add(file.facts))
        }
        write(try packager.finish())
        return chapters.all.map { chapter in
            Array((header + package).dropFirst(Int(chapter.offset)).prefix(Int(chapter.bytes)))
        }
    }

    private let book = BookMetadata(title: "Book", authors: ["A"], narrators: ["N"])
    private let audio = AudioSpec(codec: .mp3, bitRate: 192_000)

    private func cover() throws -> Cover {
        Cover(digest: try digest(9), bytes: 333, format: .jpeg, width: 3000, height: 3000)
    }

    @Test("a chapter of an M4B is its packets, of a ZIP its MP3 without the tag, of an EPUB its member")
    func formats() throws {
        let files = [try file(1, packets: 3), try file(2, packets: 5)]
        let bytes = files.map(\.bytes)
        let m4b = try M4BPackage(
            M4BPackage.Contents(
                book: book,
                cover: try cover(),
                chapters: [.init(title: "One", samples: 2048), .init(title: "Two", samples: 4096)]
            )
        )
        #expect(try cut(m4b, files, encodes: [11, 12]) == bytes)
        let zip = try ZipMP3Package(
            ZipMP3Package.Contents(
                book: book,
                cover: try cover(),
                audio: audio,
                tracks: bytes.enumerated().map { index, bytes in
                    .init(
                        name: "\(index).mp3",
                        title: "T",
                        kind: .chapter,
                        samples: 2048,
                        audioBytes: Int64(bytes.count)
                    )
                }
            ),
            coverCRC32: 0
        )
        #expect(try cut(zip, files, encodes: [11, 12]) == bytes)
        let epub = EPUB3Package(
            EPUB3Package.Contents(
                book: book,
                cover: try cover(),
                audio: audio,
                chapters: bytes.map { bytes in
                    .init(
                        title: "T",
                        kind: .chapter,
                        samples: 2048,
                        audioBytes: Int64(bytes.count),
                        segments: [.init(text: "Words.", start: 0, samples: 2048)]
                    )
                },
                recipe: nil
            ),
            coverCRC32: 0
        )
        #expect(try cut(epub, files, encodes: [11, 12]) == bytes)
    }

    @Test("chapters of the same segments are recorded once, and a chapter with too large a packet is not recorded")
    func notNoted() throws {
        var chapters = PackagedChapters()
        var large = try file(2, packets: 2).facts
        large.packetSizes = [UInt32(UInt16.max) + 1, 20]
        let same = try file(1, packets: 1).facts
        for (index, (facts, encode)) in [(same, 11), (same, 11), (large, 12)].enumerated() {
            chapters.began(facts, encode: try digest(UInt8(encode)))
            chapters.wrote(
                Piece(offset: Int64(index), content: .file(.track(index), offset: 0, length: facts.bytes))
            )
        }
        #expect(chapters.all.map(\.offset) == [0])
        #expect(chapters.all.map(\.encode) == [try digest(11)])
    }
}
