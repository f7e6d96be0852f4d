import ConformanceMessages
import PackagingMessages
import Protobuf
import Testing

@Suite("Messages")
struct RoundTripTests {
    @Test("random values of every message are written as they were read")
    func everyMessage() throws {
        let seed = UInt64.random(in: 0...(.max))
        for type in allMessages {
            var random = RandomMessage(seed: seed)
            for round in 0..<40 {
                let bytes = random.bytes(of: type.descriptor)
                let written = try type.init(serialized: bytes).serialized()
                #expect(written == bytes, "\(type.messageName), seed \(seed), round \(round)")
            }
        }
    }

    @Test("a value is equal to itself after the wire, whatever its fields hold")
    func values() throws {
        let job = Job(
            id: "j",
            status: .unrecognized(77),
            progressPercent: -1,
            currentStep: "Лад 𝄞",
            attempt: .min,
            createdAt: ProtoTimestamp(seconds: -62_135_596_800, nanos: 999_999_999),
            lastSequence: .max
        )
        #expect(try Job(serialized: job.serialized()) == job)
        let spec = MeasuredSpecs(fileSizeMB: .infinity, peakLevel: -0.1, noiseFloor: -.greatestFiniteMagnitude)
        #expect(try MeasuredSpecs(serialized: spec.serialized()) == spec)
        let message = ConformanceMsg(text: "x", blob: [0, 255])
        #expect(try ConformanceMsg(serialized: message.serialized()) == message)
    }

    @Test("a oneof that is set to its default differs from one that is not set")
    func emptyChoices() throws {
        for request in [
            UpdateSegmentRequest(newText: .text("")), UpdateSegmentRequest(),
            UpdateSegmentRequest(newAudio: .audioSha256("")),
        ] {
            #expect(try UpdateSegmentRequest(serialized: request.serialized()) == request)
        }
        for scalar in [Scalar(value: .text("")), Scalar(value: .number(0)), Scalar()] {
            #expect(try Scalar(serialized: scalar.serialized()) == scalar)
        }
        let package = Package(validation: .validationPassed(false))
        #expect(try Package(serialized: package.serialized()) == package)
        let data = PutAudioRequest(item: .data([]))
        #expect(try PutAudioRequest(serialized: data.serialized()) == data)
        let header = PutAudioRequest(item: .header(PutAudioHeader()))
        #expect(try PutAudioRequest(serialized: header.serialized()) == header)
    }

    @Test("an empty message is written as no bytes and read from none")
    func empty() throws {
        #expect(try Job().serialized().isEmpty)
        #expect(try Job(serialized: []) == Job())
    }

    @Test("unknown fields of a newer peer are skipped")
    func unknownFields() throws {
        let newer = field(999, [1, 2, 3]) + varint(1000 << 3) + [7] + field(1, Array("j".utf8))
        #expect(try Job(serialized: newer) == Job(id: "j"))
    }

    @Test("of several map entries with the same key the last one counts")
    func duplicateKeys() throws {
        func entry(_ value: String) -> [UInt8] { field(2, field(1, Array("acx".utf8)) + field(2, Array(value.utf8))) }
        let reply = try CreateAllReply(serialized: entry("one") + entry("two"))
        #expect(reply.jobIDs == ["acx": "two"])
    }

    @Test("a message that arrives in parts is merged")
    func mergedParts() throws {
        let bytes = field(3, field(1, Array("Dune".utf8))) + field(3, field(3, Array("Herbert".utf8)))
        let manifest = try Manifest(serialized: bytes)
        #expect(manifest.metadata == BookMetadata(title: "Dune", authors: ["Herbert"]))
    }

    @Test("numbers are read in packed form and one by one")
    func packed() throws {
        let packed = field(5, [1, 3] + varint(300))
        let apart: [UInt8] = [5 << 3, 1, 5 << 3, 3] + [5 << 3] + varint(300)
        #expect(try ValidationIssue(serialized: packed).affectedChapters == [1, 3, 300])
        #expect(try ValidationIssue(serialized: apart).affectedChapters == [1, 3, 300])
    }
}
