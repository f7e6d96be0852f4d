import Assets
import Blobs
import Crypto
import Foundation
import Model
import Testing
import Workers

@Suite("Fetching blobs into scratch")
struct FetchTests {
    private let location = BlobLocation(container: "t-1-audio", path: "segments/a")
    /// Longer than two pieces, so that the third piece is a short one.
    private let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    private func digest(_ bytes: some Sequence<UInt8>) throws -> Model.Digest {
        let digest = Model.Digest(bytes: SHA256.hash(data: Array(bytes)))
        return try #require(digest)
    }

    @Test("a fetched file has the blob's bytes, and its facts are right", arguments: [0..<600_000, 5..<300_007, 7..<7])
    func range(range: Range<Int>) async throws {
        try await withAssets { blobs, scratch in
            try await blobs.put(bytes, at: location)
            let wanted = Int64(range.lowerBound)..<Int64(range.upperBound)
            let file = try await scratch.fetch(location, in: wanted, from: blobs, as: "copy")
            let content = try #require(FileManager.default.contents(atPath: file.path))
            #expect(Array(content) == Array(bytes[range]))
            #expect(file.facts.bytes == Int64(range.count))
            #expect(file.facts.digest == (try digest(bytes[range])))
            // Reading the file gives the same facts as were found while it was written.
            #expect(try await scratch.facts(of: file.path) == file.facts)
        }
    }

    @Test("the CRC-32 is that of ZIP")
    func crc32() async throws {
        try await withAssets { blobs, scratch in
            // The check value of the catalogue of CRC algorithms for CRC-32/ISO-HDLC.
            try await blobs.put(Array("123456789".utf8), at: location)
            #expect(try await scratch.fetch(location, from: blobs, as: "copy").facts.crc32 == 0xCBF4_3926)
        }
    }

    @Test("a source is the blob's own file on this machine, or else a copy in scratch", arguments: [true, false])
    func source(isLocal: Bool) async throws {
        try await withAssets { blobs, scratch in
            try await blobs.put(bytes, at: location)
            let store: any BlobStore = isLocal ? blobs : DistantBlobs(blobs: blobs)
            let sources = SourceFiles(blobs: store, scratch: scratch)
            let file = try await sources.file(
                of: location,
                digest: try digest(bytes),
                bytes: bytes.count,
                called: "the cover"
            )
            #expect(file.path.hasPrefix(scratch.path) == !isLocal)
            #expect(file.facts.bytes == 600_000)
            #expect(FileManager.default.contents(atPath: file.path).map(Array.init) == bytes)
        }
    }

    @Test("a source that differs from the plan is named, and no more than its planned size is copied")
    func changed() async throws {
        try await withAssets { blobs, scratch in
            try await blobs.put(bytes, at: location)
            for store in [blobs, DistantBlobs(blobs: blobs)] as [any BlobStore] {
                let error = await #expect(throws: PackagingError.self) {
                    try await SourceFiles(blobs: store, scratch: scratch).file(
                        of: location,
                        digest: try digest([]),
                        bytes: 100,
                        called: "the cover",
                        reason: "COVER_CHANGED"
                    )
                }
                #expect(error?.code == .failedPrecondition)
                #expect(error?.reason == "COVER_CHANGED")
                #expect(error?.message == "the cover has changed in the blob store since it was measured")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path).map {
                try FileManager.default.attributesOfItem(atPath: scratch.file($0))[.size] as? Int
            }
            #expect(left == [0])
        }
    }

    @Test("a source that is gone from the blob store is named in the error")
    func gone() async throws {
        try await withAssets { blobs, scratch in
            let error = await #expect(throws: PackagingError.self) {
                try await SourceFiles(blobs: blobs, scratch: scratch).file(
                    of: location,
                    digest: try digest([]),
                    bytes: 0,
                    called: "the cover"
                )
            }
            #expect(error?.message == "the cover is gone from the blob store")
        }
    }

    @Test("reading more of a scratch file than it has fails as data loss, and does not just end early")
    func shortened() async throws {
        try await withAssets { blobs, scratch in
            try await blobs.put(bytes, at: location)
            let file = try await scratch.fetch(location, from: blobs, as: "copy")
            var came = 0
            let error = await #expect(throws: PackagingError.self) {
                try await scratch.read(file.path, from: 10, length: 600_000) { came += $0.count }
            }
            #expect(error?.code == .dataLoss)
            #expect(came < 600_000)
        }
    }
}

@Suite("Judging a file by how its worker ended")
struct WorkerEndTests {
    @Test("a file is refused if its worker died, took too long or refused it, and for no other end of a worker")
    func judged() throws {
        for kind in [WorkerError.Kind.died, .timedOut, .refused] {
            let outcome = try MeasureOutcome.failed(WorkerError(kind, "the worker ended")).judged()
            #expect(outcome == .failure(AudioRefusal("it could not be decoded: the worker ended")))
        }
        for kind in [WorkerError.Kind.failed, .short(.killed), .short(.memory), .unavailable] {
            let error = #expect(throws: WorkerError.self) {
                try MeasureOutcome.failed(WorkerError(kind, "the worker ended")).judged()
            }
            #expect(error?.kind == kind)
        }
        #expect(try MeasureOutcome.refused("it is empty").judged() == .failure(AudioRefusal("it is empty")))
    }
}
