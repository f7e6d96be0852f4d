import CProtocPlugin
import PackagingMessages
import Protobuf
import TestSupport
import Testing
import WorkerMessages

@Suite("Hostile bytes")
struct HostileBytesTests {
    private func refusal<M: WireMessage>(_ type: M.Type, _ bytes: [UInt8]) -> WireError? {
        #expect(throws: WireError.self) { try M(serialized: bytes) }
    }

    @Test("a NUL inside a string is refused and not taken for the string's end")
    func nul() {
        let error = refusal(Job.self, field(1, [0x61, 0, 0x62]))
        #expect(error == WireError(.containsNUL, field: "id"))
        let long = [UInt8](repeating: 0x61, count: 100)
        for place in 0..<100 {
            var text = long
            text[place] = 0
            #expect(refusal(Job.self, field(1, text))?.problem == .containsNUL)
        }
    }

    @Test("a NUL in a value is refused when the message is written, because it would cut the string")
    func nulOnTheWayOut() throws {
        let reply = ListJobsReply(jobs: [Job(id: "a"), Job(id: "b\0c")])
        let error = #expect(throws: WireError.self) { try reply.serialized() }
        #expect(error?.description == "jobs[1].id: contains a NUL")
    }

    @Test(
        "bytes that are not UTF-8 are refused in every place",
        arguments: [
            [0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x80, 0x80, 0x80],
            [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98],
            [0xe2, 0x28, 0xa1], [0xf0, 0x28, 0x8c, 0xbc],
        ] as [[UInt8]]
    )
    func utf8(bad: [UInt8]) {
        for padding in 0..<10 {
            let text = [UInt8](repeating: 0x61, count: padding) + bad
            #expect(refusal(Job.self, field(1, text)) == WireError(.notUTF8, field: "id"))
        }
    }

    @Test("every character of Unicode passes")
    func allCharacters() throws {
        let scalars = (1...0x10ffff).lazy.compactMap(Unicode.Scalar.init)
        let text = String(String.UnicodeScalarView(scalars))
        #expect(try GetJobRequest(serialized: GetJobRequest(jobID: text).serialized()).jobID == text)
    }

    @Test("an error names the field by its path")
    func paths() {
        func segment(_ text: [UInt8]) -> [UInt8] { field(5, field(2, text)) }
        let good = segment(Array("good".utf8))
        let chapter = field(5, good + good + segment([0xff]) + good)
        let bytes = field(2, Array("slug".utf8)) + field(5, good) + chapter
        #expect(
            refusal(Manifest.self, bytes)?.description == "chapters[1].segments[2].text: is not UTF-8"
        )
        #expect(refusal(Manifest.self, field(5, [0x0a, 9]))?.description == "chapters[0].id: is cut off")
    }

    @Test("messages may nest a hundred levels deep and no deeper")
    func depth() throws {
        // DescriptorProto contains itself in field 3. None of our messages does that.
        let descriptor = unsafe MessageDescriptor(google__protobuf__descriptor_proto__init)
        func nested(_ depth: Int) -> [UInt8] { (1..<depth).reduce([]) { bytes, _ in field(3, bytes) } }
        try unpackDescriptor(nested(100), descriptor)
        let error = #expect(throws: WireError.self) { try unpackDescriptor(nested(101), descriptor) }
        #expect(error?.problem == .tooDeep)
        // 34 KB of these overflow the C library's stack.
        #expect(throws: WireError.self) { try unpackDescriptor(nested(9_000), descriptor) }
    }

    private func unpackDescriptor(_ bytes: [UInt8], _ descriptor: MessageDescriptor) throws(WireError) {
        try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(WireError) in
            try unsafe Unpacking.message(UnsafeRawBufferPointer(buffer), descriptor) {
                (_: UnsafePointer<Google__Protobuf__DescriptorProto>) in
            }
        }
    }

    /// More than 2 MiB and at most 4 MiB of the same bytes.
    private func repeated(_ part: [UInt8]) -> [UInt8] {
        var bytes = part
        while bytes.count <= 2 << 20 { bytes += bytes }
        return bytes
    }

    @Test("a message of megabytes that would take far more memory is refused")
    func amplification() {
        let emptyMessages = repeated([0x0a, 0])
        #expect(refusal(ListJobsReply.self, emptyMessages)?.problem == .tooMuchMemory)
        let numbers = repeated([5 << 3, 1])
        #expect(refusal(ValidationIssue.self, numbers)?.problem == .tooMuchMemory)
        let unknown = repeated([15 << 3, 1])
        #expect(refusal(GetJobRequest.self, unknown)?.problem == .tooMuchMemory)
    }

    @Test("a message in many parts whose lists grow with each part is refused")
    func mergedLists() {
        let parts = repeated(field(3, field(3, [0x61])))
        #expect(refusal(Manifest.self, parts)?.problem == .tooMuchMemory)
    }

    @Test("full pages of ordinary messages stay below the limits")
    func fullPages() throws {
        let id = "0190a5c4-7e1e-7c3a-9d2b-3f4e5a6b7c8d"
        let jobs = ListJobsReply(jobs: (0..<1_000).map { _ in Job(id: id, projectID: id, status: .queued) })
        #expect(try ListJobsReply(serialized: jobs.serialized()) == jobs)
        let plain = ListJobsReply(jobs: (0..<1_000).map { _ in Job(status: .queued) })
        #expect(try ListJobsReply(serialized: plain.serialized()) == plain)
        let segments = (0..<5_000).map { _ in ManifestSegment(id: id, text: "a", audioSha256: id, durationSeconds: 1) }
        let manifest = Manifest(chapters: [ManifestChapter(id: id, segments: segments)])
        #expect(try Manifest(serialized: manifest.serialized()) == manifest)
        let sizes = WorkerEncodedOutput(packetSizes: (0..<500_000).map { UInt32($0 % 100) })
        #expect(try WorkerEncodedOutput(serialized: sizes.serialized()) == sizes)
        let issues = ValidationReport(issues: (0..<10_000).map { _ in ValidationIssue(affectedChapters: [1]) })
        #expect(try ValidationReport(serialized: issues.serialized()) == issues)
    }

    @Test("a message that is cut off anywhere is refused or shorter, and no byte beyond its end is read")
    func truncation() throws {
        let seed = UInt64.random(in: 0...(.max))
        for type in allMessages {
            var random = RandomMessage(seed: seed)
            let bytes = random.bytes(of: type.descriptor)
            for end in bytes.indices {
                // The copy has no byte after the cut, so a sanitizer would notice a read beyond it.
                guard let short = try? type.init(serialized: Array(bytes[..<end])) else { continue }
                #expect(try short.serialized().count <= end, "\(type.messageName), seed \(seed), cut at \(end)")
            }
        }
    }

    @Test("a message with random changes is refused or read, and a message that was read can be written")
    func mutation() throws {
        let seed = UInt64.random(in: 0...(.max))
        var numbers = SeededGenerator(seed: seed)
        for type in allMessages {
            var random = RandomMessage(seed: seed)
            for _ in 0..<200 {
                var bytes = random.bytes(of: type.descriptor)
                guard !bytes.isEmpty else { continue }
                for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                    let place = Int.random(in: bytes.indices, using: &numbers)
                    bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                }
                guard let message = try? type.init(serialized: bytes) else { continue }
                let written = try message.serialized()
                let again = try type.init(serialized: written).serialized()
                #expect(written == again, "\(type.messageName), seed \(seed)")
            }
        }
    }

    @Test("numbers and tags of too many bytes are refused")
    func varints() {
        let endless = [UInt8](repeating: 0xff, count: 10)
        #expect(refusal(Job.self, [6 << 3] + endless + [1])?.problem == .varintTooLong)
        #expect(refusal(Job.self, [0x8a, 0x80, 0x80, 0x80, 0x80, 0x00, 0])?.problem == .varintTooLong)
        #expect(refusal(Job.self, varint(1 << 35 | 2) + [0])?.problem == .varintTooLong)
        #expect(refusal(Job.self, [0x0a] + endless.dropLast() + [1])?.problem == .truncated)
    }

    @Test("field number 0, groups and wire types that do not fit are refused")
    func tags() {
        #expect(refusal(Job.self, [0x02, 0])?.problem == .invalidFieldNumber)
        #expect(refusal(Job.self, [0x0b, 0x0c])?.problem == .unexpectedWireType(3))
        #expect(refusal(Job.self, varint(999 << 3 | 3))?.problem == .unexpectedWireType(3))
        #expect(refusal(Job.self, [0x0f])?.problem == .unexpectedWireType(7))
        #expect(refusal(Job.self, [1 << 3, 1]) == WireError(.unexpectedWireType(0), field: "id"))
    }
}
