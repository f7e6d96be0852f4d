import Foundation
import TestSupport
import Testing

@testable import Readers

@Suite("ZIP archives of other programs")
struct ZIPArchiveTests {
    /// An archive made by Info-ZIP of files with these contents.
    private func archive(_ files: [String: [UInt8]], _ options: [String] = ["-0"]) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            for (name, content) in files { try Data(content).write(to: folder.appendingPathComponent(name)) }
            try Oracle.run("zip", ["-q", "-X"] + options + ["a.zip"] + files.keys.sorted(), in: folder)
            return [UInt8](try Data(contentsOf: folder.appendingPathComponent("a.zip")))
        }
    }

    private static let contents: [String: [UInt8]] = [
        "a.txt": Array("Hello".utf8), "ä & 結.bin": (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }, "empty": [],
    ]

    @Test("members are found with the names, bytes and checksums with which they were packed")
    func members() throws {
        let bytes = try archive(Self.contents)
        let file = ByteSource(bytes)
        let archive = try ZIPArchive(file)
        #expect(Set(archive.members.map(\.name)) == Set(Self.contents.keys))
        for member in archive.members {
            #expect(member.isStored)
            #expect(Array(bytes[member.range]) == Self.contents[member.name])
            #expect(try member.isIntact(in: file))
        }
    }

    @Test("a changed byte of a member is found by the checksum of that member, and of no other")
    func checksum() throws {
        var bytes = try archive(Self.contents)
        let place = try #require(try ZIPArchive(ByteSource(bytes)).members.first { $0.range.count > 1000 })
        bytes[place.range.lowerBound + 777] ^= 1
        let file = ByteSource(bytes)
        let intact = try ZIPArchive(file).members.filter { member in (try? member.isIntact(in: file)) == true }
        #expect(Set(intact.map(\.name)) == Set(Self.contents.keys).subtracting([place.name]))
    }

    @Test("sizes of 64 bits are read, as a streaming writer stores them")
    func zip64() throws {
        let bytes = try archive(["a.txt": Array("Hello".utf8)], ["-0", "-fz"])
        #expect(try ZIPArchive(ByteSource(bytes)).members.map(\.range.count) == [5])
    }

    @Test("a compressed member is listed as compressed")
    func compressed() throws {
        let bytes = try archive(["a.txt": [UInt8](repeating: 65, count: 10_000)], ["-9"])
        #expect(try ZIPArchive(ByteSource(bytes)).members.map(\.isStored) == [false])
    }

    @Test("an archive that lost any part of its end is refused")
    func truncated() throws {
        let bytes = try archive(["a.txt": Array("Hello".utf8), "b.txt": Array("World".utf8)])
        for length in 0..<bytes.count {
            #expect(throws: ReaderError.self) { try ZIPArchive(ByteSource(Array(bytes[..<length]))) }
        }
    }

    @Test("names that leave the folder are refused", arguments: ["../x", "/etc/passwd", "a\\b", "C:x", "a/../../x"])
    func unsafeNames(_ name: String) throws {
        // The new name is as long as the name that it replaces.
        let plain = String(repeating: "n", count: name.utf8.count)
        let bytes = try archive([plain: [1]])
        #expect(throws: ReaderError.self) {
            try ZIPArchive(ByteSource(bytes.replacing(Array(plain.utf8), with: Array(name.utf8))))
        }
    }

    @Test("members that overlap are refused, because such archives unpack to more than they hold")
    func overlapping() throws {
        let bytes = try archive(["a.txt": Array("Hello".utf8), "b.txt": Array("World".utf8)])
        // Both entries of the directory point to the first member. The names differ, so the second entry does not fit
        // its header.
        var changed = bytes
        let entries = bytes.indices.dropLast(3).filter { Array(bytes[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] }
        changed.replaceSubrange(entries[1] + 42..<entries[1] + 46, with: bytes[entries[0] + 42..<entries[0] + 46])
        #expect(throws: ReaderError.self) { try ZIPArchive(ByteSource(changed)) }
    }

    @Test("whatever bytes are changed, reading ends, and all members lie inside the file")
    func mutations() throws {
        let whole = try archive(Self.contents)
        let seed = UInt64.random(in: .min ... .max)
        print("seed of the changed ZIPs: \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = bytes.count - 1 - Int.random(in: 0..<400, using: &generator)
                bytes[place] = [0, 0xFF, UInt8.random(in: 0...255, using: &generator)].randomElement(using: &generator)!
            }
            guard let archive = try? ZIPArchive(ByteSource(bytes)) else { continue }
            #expect(archive.members.allSatisfy { $0.range.upperBound <= bytes.count })
        }
    }
}
