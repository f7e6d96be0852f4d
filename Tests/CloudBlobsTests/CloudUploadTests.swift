import Blobs
import Model
import Synchronization
import Testing

@testable import CloudBlobs

/// Takes blocks and keeps no bytes, and remembers what it was asked.
private final class CountingService: BlobService {
    struct Counts {
        var inFlight = 0
        var mostInFlight = 0
        var stagedBytes = 0
        /// The first byte and the size of each block, by its number.
        var blocks: [Int: (first: UInt8, size: Int)] = [:]
        var puts: [Int] = []
        var committed: [String] = []
        var abandoned: [String] = []
    }

    let name = "counting"
    let blocks: BlockSizes
    let counts = Mutex(Counts())
    /// The number of the block that fails.
    let failing: Int?

    init(block: Int, doublesAfter: Int = 1000, failing: Int? = nil) {
        blocks = BlockSizes(size: block, doublesAfter: doublesAfter)
        self.failing = failing
    }

    func stage(
        _ bytes: [UInt8],
        number: Int,
        of upload: String,
        at location: BlobLocation
    ) async throws(CloudFault) -> String {
        counts.withLock { counts in
            counts.inFlight += 1
            counts.mostInFlight = max(counts.mostInFlight, counts.inFlight)
        }
        // Others come in between.
        for _ in 0..<10 { await Task.yield() }
        counts.withLock { counts in
            counts.inFlight -= 1
            counts.stagedBytes += bytes.count
            counts.blocks[number] = (bytes[0], bytes.count)
        }
        if number == failing { throw CloudFault(kind: .refused, message: "no block \(number)") }
        return "block \(number)"
    }

    func begin(at location: BlobLocation, token: UploadToken) async throws(CloudFault) -> String { "u" }
    func commit(
        _ blocks: [String],
        of upload: String,
        at location: BlobLocation,
        token: UploadToken,
        md5: [UInt8]
    ) async throws(CloudFault) {
        counts.withLock { $0.committed = blocks }
    }
    func put(
        _ bytes: [UInt8],
        at location: BlobLocation,
        token: UploadToken,
        replaces: Bool
    ) async throws(CloudFault) {
        // The register is no blob of a test.
        if !replaces { counts.withLock { $0.puts.append(bytes.count) } }
    }
    func abandon(_ upload: String, at location: BlobLocation) async throws(CloudFault) {
        counts.withLock { $0.abandoned.append(upload) }
    }

    func properties(of location: BlobLocation) async throws(CloudFault) -> BlobProperties { throw unasked }
    func read(_ location: BlobLocation, from offset: Int64, upTo count: Int) async throws(CloudFault) -> [UInt8] {
        throw unasked
    }
    func copy(
        _ source: BlobLocation,
        to target: BlobLocation,
        _ properties: BlobProperties
    ) async throws(CloudFault) { throw unasked }
    func delete(_ location: BlobLocation) async throws(CloudFault) { throw unasked }
    func list(_ container: String, prefix: String, after marker: String?) async throws(CloudFault) -> BlobPage {
        throw unasked
    }
    func uploads(after marker: String?) async throws(CloudFault) -> UploadPage { throw unasked }
    func link(to location: BlobLocation, _ terms: LinkTerms) async throws(CloudFault) -> String { throw unasked }
    private var unasked: CloudFault { CloudFault(kind: .refused, message: "nobody asks this") }
}

@Suite("Uploads in blocks")
struct CloudUploadTests {
    private let location = BlobLocation(container: "t-0-temp", path: "package")
    private let mebibyte = 1 << 20
    private let hashes = BlobHasher().finish()

    @Test(
        "a gigabyte leaves while it is written, four blocks at once, and no more than seven are in memory",
        arguments: [0, 20]
    )
    func bounded(header: Int) async throws {
        let service = CountingService(block: 8 * mebibyte)
        let upload = try await CloudBlobStore(service).upload(to: location, reserving: Int64(header * mebibyte))
        let piece = [UInt8](repeating: 7, count: mebibyte)
        var most = 0
        for number in 1...1024 {
            try await upload.append(piece)
            most = max(most, number * mebibyte - service.counts.withLock { $0.stagedBytes })
        }
        for _ in 0..<header { try await upload.appendHeader(piece) }
        #expect(most <= 7 * 8 * mebibyte)
        #expect(try await upload.commit(hashes) == Int64((1024 + header) * mebibyte))
        let counts = service.counts.withLock { $0 }
        #expect(counts.mostInFlight == 4)
        #expect(counts.stagedBytes == (1024 + header) * mebibyte && counts.puts.isEmpty)
        #expect(counts.committed == (1...counts.blocks.count).map { "block \($0)" }, "in the order of the blob")
    }

    @Test(
        "a header takes the first blocks, and what follows it fills up the last of these: none but the last is smaller"
    )
    func header() async throws {
        let service = CountingService(block: 10)
        let upload = try await CloudBlobStore(service).upload(to: location, reserving: 13)
        try await upload.append([UInt8](repeating: 2, count: 30))
        // The seven bytes behind the header are kept, and the rest is on its way.
        try await upload.appendHeader([UInt8](repeating: 1, count: 13))
        try await upload.commit(hashes)
        let blocks = service.counts.withLock { $0.blocks }
        #expect(blocks.sorted { $0.key < $1.key }.map(\.value.size) == [10, 10, 10, 10, 3])
        #expect(blocks.sorted { $0.key < $1.key }.map(\.value.first) == [1, 1, 2, 2, 2])
    }

    @Test(
        "a blob of one block is one request, and blocks grow where there would be too many",
        arguments: [(0, [0], []), (10, [10], []), (11, [], [10, 1]), (35, [], [10, 10, 15])] as [(Int, [Int], [Int])]
    )
    func sizes(size: Int, puts: [Int], blocks: [Int]) async throws {
        let service = CountingService(block: 10, doublesAfter: 2)
        let upload = try await CloudBlobStore(service).upload(to: location, reserving: 0)
        for _ in 0..<size { try await upload.append([1]) }
        #expect(try await upload.commit(hashes) == Int64(size))
        let counts = service.counts.withLock { $0 }
        #expect(counts.puts == puts)
        #expect(counts.blocks.sorted { $0.key < $1.key }.map(\.value.size) == blocks)
    }

    @Test("a block that fails ends the upload, whose blocks are discarded, and nothing is committed")
    func fails() async throws {
        let service = CountingService(block: 10, failing: 2)
        let upload = try await CloudBlobStore(service).upload(to: location, reserving: 0)
        let error = await #expect(throws: BlobError.self) {
            for _ in 0..<100 { try await upload.append([UInt8](repeating: 1, count: 10)) }
            try await upload.commit(hashes)
        }
        #expect(error?.kind == .unavailable && error?.message == "no block 2")
        await upload.abort()
        let counts = service.counts.withLock { $0 }
        #expect(counts.abandoned == ["u"] && counts.committed.isEmpty && counts.inFlight == 0)
    }
}
