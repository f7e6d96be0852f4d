import Foundation
import Packagers
import TestSupport
import Testing

@Suite("ZIP writer")
struct ZIPWriterTests {
    @Test("unzip, zipinfo, 7z and Python read every member back")
    func readersAgree() throws {
        let members: [(String, [UInt8])] = [
            ("mimetype", Array("application/epub+zip".utf8)),
            ("01 - Año & «Nuevo».mp3", (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }),
            ("EPUB/empty.xhtml", []),
        ]
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("a.zip")
            try Data(archive(of: members)).write(to: file)

            let unzip = try Oracle.run("unzip", ["-t", file.path])
            #expect(unzip.status == 0)
            #expect(unzip.output.contains("No errors detected"))
            let sevenZip = try Oracle.run("7z", ["t", file.path])
            #expect(sevenZip.status == 0)
            #expect(!sevenZip.output.contains("Warning"))
            let zipinfo = try Oracle.run("zipinfo", ["-v", file.path])
            #expect(zipinfo.status == 0)
            #expect(zipinfo.output.components(separatedBy: "none (stored)").count == members.count + 1)
            #expect(!zipinfo.output.contains("extended local header:                          yes"))
            #expect(zipinfo.output.contains("1980 Jan 1 00:00:00"))
            let python = try Oracle.python(
                """
                import sys, zipfile
                with zipfile.ZipFile(sys.argv[1]) as z:
                    assert z.testzip() is None
                    for i in z.infolist(): print(i.filename, i.file_size)
                """,
                [file.path]
            )
            #expect(python.status == 0, "\(python.output)")
            #expect(
                python.output.split(separator: "\n") == members.map { "\($0.0) \($0.1.count)" }
            )
        }
    }

    @Test("a first member \"mimetype\" is placed as OCF requires: no extra field, no flags, bytes at 38")
    func mimetypeFirst() throws {
        let bytes = try archive(of: [("mimetype", Array("application/epub+zip".utf8))])
        #expect(bytes[6..<8] == [0, 0])  // flags
        #expect(bytes[8..<10] == [0, 0])  // method
        #expect(bytes[28..<30] == [0, 0])  // extra length
        #expect(String(decoding: bytes[30..<58], as: UTF8.self) == "mimetypeapplication/epub+zip")
    }

    @Test("the same members give the same bytes, of the predicted size", arguments: 0..<20)
    func sizeIsExact(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let members = (0..<Int.random(in: 0...40, using: &random)).map { index in
            let name = String(
                (0..<Int.random(in: 1...60, using: &random)).map { _ in "aé漢🎧/ ".randomElement(using: &random) ?? "a" }
            )
            let bytes = (0..<Int.random(in: 0...3000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            return ("\(index)\(name)", bytes)
        }
        let first = try archive(of: members)
        #expect(try archive(of: members) == first, "seed \(seed)")
        let size = ZIPWriter.size(of: members.map { ($0.0, Int64($0.1.count)) })
        #expect(size == Int64(first.count), "seed \(seed)")
    }

    @Test("a member of more than 4 GiB, and the member after it, are found and whole")
    func largeMember() throws {
        let large: Int64 = 1 << 32 + 5
        let small = Array("behind the large one".utf8)
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("large.zip")
            #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
            let handle = try FileHandle(forWritingTo: file)
            var writer = ZIPWriter()
            try handle.write(contentsOf: writer.beginMember("large.bin", size: large, crc32: crc32(ofZeros: large)))
            try handle.seek(toOffset: UInt64(writer.offset))
            let header = try writer.beginMember("small.txt", size: Int64(small.count), crc32: CRC32(of: small).value)
            try handle.write(contentsOf: header + small)
            try handle.write(contentsOf: writer.finish())
            let end = try handle.offset()
            try handle.close()

            #expect(Int64(end) == writer.offset)
            #expect(writer.offset == ZIPWriter.size(of: [("large.bin", large), ("small.txt", Int64(small.count))]))
            let unzip = try Oracle.run("unzip", ["-t", file.path, "small.txt"])
            #expect(unzip.status == 0, "\(unzip.output)")
            let sevenZip = try Oracle.run("7z", ["t", file.path, "small.txt"])
            #expect(sevenZip.status == 0, "\(sevenZip.output)")
            let python = try Oracle.python(
                """
                import sys, zipfile
                with zipfile.ZipFile(sys.argv[1]) as z:
                    print(z.getinfo("large.bin").file_size, z.read("small.txt").decode())
                    print(z.testzip())
                """,
                [file.path]
            )
            #expect(python.output == "\(large) behind the large one\nNone\n")
        }
    }

    @Test("members are counted correctly, however many there are", arguments: [65_534, 65_535, 65_536, 65_700])
    func manyMembers(count: Int) throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("many.zip")
            let bytes = try archive(of: (0..<count).map { ("\($0)", []) })
            try Data(bytes).write(to: file)
            // ZIP64 is used from 65,535 on, because the largest number of 16 bits is the mark for it.
            let has64BitEnd = Data(bytes.suffix(98)).range(of: Data([0x50, 0x4B, 6, 6])) != nil
            #expect(has64BitEnd == (count >= 65_535))
            let python = try Oracle.python(
                "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))",
                [file.path]
            )
            #expect(python.output == "\(count)\n")
            let zipinfo = try Oracle.run("zipinfo", ["-h", file.path])
            #expect(zipinfo.output.contains("number of entries: \(count)"))
        }
    }

    @Test("a name that the format cannot hold is refused")
    func longName() {
        var writer = ZIPWriter()
        #expect(throws: PackagerError.tooLarge("a member's name")) {
            try writer.beginMember(String(repeating: "a", count: 65_536), size: 0, crc32: 0)
        }
    }

    @Test("the checksum of the whole is computed from the checksums of its parts", arguments: [0, 1, 1000, 4096])
    func combinedChecksum(split: Int) {
        let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* $0) }
        let (head, tail) = (Array(bytes.prefix(split)), Array(bytes.dropFirst(split)))
        let combined = CRC32.combine(CRC32(of: head).value, CRC32(of: tail).value, secondLength: Int64(tail.count))
        #expect(combined == CRC32(of: bytes).value)
        var inSteps = CRC32(of: head)
        inSteps.update(tail)
        #expect(inSteps.value == CRC32(of: bytes).value)
        #expect(CRC32(of: Array("123456789".utf8)).value == 0xCBF4_3926)  // the check value of the algorithm
    }

    private func archive(of members: [(String, [UInt8])]) throws -> [UInt8] {
        var writer = ZIPWriter()
        var bytes: [UInt8] = []
        for (name, content) in members {
            bytes += try writer.beginMember(name, size: Int64(content.count), crc32: CRC32(of: content).value) + content
        }
        bytes += writer.finish()
        #expect(writer.offset == Int64(bytes.count))
        return bytes
    }

    /// Computed by doubling, because reading 4 GiB of zeros would take long.
    private func crc32(ofZeros count: Int64) -> UInt32 {
        var result: UInt32 = 0
        var (power, length) = (CRC32(of: [0]).value, 1 as Int64)
        while length <= count {
            if count & length != 0 { result = CRC32.combine(result, power, secondLength: length) }
            power = CRC32.combine(power, power, secondLength: length)
            length *= 2
        }
        return result
    }
}
