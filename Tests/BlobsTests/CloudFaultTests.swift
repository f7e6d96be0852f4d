import Blobs
import Glibc
import HTTP
import Model
import TestSupport
import Testing

@testable import CloudBlobs

/// Every tenth request goes wrong: errors, resets, answers that are cut or lost, stalls, bytes that change on the way.
@Suite("A blob store in a cloud that has faults", .timeLimit(.minutes(10)))
struct CloudFaultTests {
    /// A store on a server of OpenStack Swift, reached at `endpoint`.
    private func store(
        _ server: CloudServers.S3,
        _ prefix: String,
        at endpoint: String,
        bucket: String? = nil,
        process: String = ProcessName.own,
        life: Duration = .seconds(600)
    ) -> CloudBlobStore {
        let now = { @Sendable in Instant(microseconds: Int64(Glibc.time(nil)) * 1_000_000) }
        let keys = ["AWS_ACCESS_KEY_ID": server.id, "AWS_SECRET_ACCESS_KEY": server.secret]
        let settings = S3Settings(
            bucket: bucket ?? server.bucket,
            prefix: prefix,
            endpoint: endpoint,
            region: server.region,
            isPathStyle: true,
            keys: AWSKeyFinder(environment: keys, file: nil, now: now)
        )
        var limits = CloudLimits()
        // As in real life, but shorter: waits, and how long something may stand still.
        limits.firstWait = .milliseconds(20)
        limits.longestWait = .seconds(1)
        limits.stallLimit = .seconds(2)
        limits.attempts = 8
        let dialect = S3Dialect(settings, now: now)
        let sender = CloudSender(dialect: dialect, client: HTTPClient(), limits: limits)
        // The smallest parts that S3 takes.
        let blocks = BlockSizes(size: 5 << 20, doublesAfter: 1000)
        let service = S3Service(settings, sender, dialect, blocks: blocks, now: now)
        return CloudBlobStore(
            service,
            register: UploadRegister(service, process: process, life: life, youth: .zero)
        )
    }

    @Test("uploads of processes that live are kept, and those of processes that ended are discarded")
    func sweeps() async throws {
        let server = try await CloudServers.shared.s3("swift")
        let prefix = "\(Identifier<StoreUnderTest>.random())"
        let living = store(server, prefix, at: server.endpoint, process: "a")
        let location = BlobLocation(container: "t-0-temp", path: "packages/a")
        let bytes = [UInt8](repeating: 1, count: 11 << 20)
        let upload = try await living.upload(to: location, reserving: 0)
        try await upload.append(bytes)
        try await living.removeAbandonedUploads()
        #expect(try await store(server, prefix, at: server.endpoint, process: "b").removeAbandonedUploads() == 0)
        try await upload.append([2])
        #expect(try await upload.commit(hashes(bytes + [2])) == bytes.count + 1)

        let other = try await living.upload(to: BlobLocation(container: "t-0-temp", path: "packages/b"), reserving: 0)
        try await other.append(bytes)
        // As if no process had written its register for a long time.
        let late = store(server, prefix, at: server.endpoint, process: "c", life: .zero)
        #expect(try await late.removeAbandonedUploads() == 1)
        #expect(try await late.service.uploads(after: nil).items.isEmpty)
        await #expect(throws: BlobError.self) { try await other.commit(hashes(bytes)) }
        await other.abort()
        #expect(try await living.size(of: location) == bytes.count + 1)
    }

    @Test("uploads of others in the same bucket are left alone")
    func foreignUploads() async throws {
        let server = try await CloudServers.shared.s3("swift")
        let prefix = "\(Identifier<StoreUnderTest>.random())"
        let store = store(server, prefix, at: server.endpoint, process: "a", life: .zero)
        let place = BlobLocation(container: "backups", path: "database/1")
        let foreign = try await store.service.begin(at: place, token: UploadToken())
        #expect(try await store.removeAbandonedUploads() == 0)
        #expect(try await store.service.uploads(after: nil).items.map(\.upload) == [foreign])
        try await store.service.abandon(foreign, at: place)
    }

    @Test("a bucket that is not there is an outage, and no blob is said to be gone")
    func missingBucket() async throws {
        let server = try await CloudServers.shared.s3("swift")
        let place = BlobLocation(container: "t-0-temp", path: "a")
        let store = store(server, "x", at: server.endpoint, bucket: "khipu-nothing")
        let read = await #expect(throws: BlobError.self) { try await store.read(place, from: 0, upTo: 1) }
        #expect(
            read?.kind == .unavailable && read?.message.contains("NoSuchBucket") == true,
            "\(String(describing: read))"
        )
        let write = await #expect(throws: BlobError.self) { try await store.write(to: place) { _ in } }
        #expect(write?.kind == .unavailable, "\(String(describing: write))")
    }

    @Test("keeps 200 packages as they were sent, and nothing else")
    func campaign() async throws {
        let seed = UInt64.random(in: .min ... .max)
        let server = try await CloudServers.shared.s3("swift")
        let proxy = try FaultProxy(before: server.endpoint, seed: UInt32(truncatingIfNeeded: seed), percent: 10)
        let prefix = "\(Identifier<StoreUnderTest>.random())"
        let faulty = store(server, prefix, at: proxy.endpoint)
        var random = SeededGenerator(seed: seed)
        let plans = (0..<200).map { number -> (number: Int, size: Int, header: Int) in
            // Some have several parts, and some of these a header that is given last.
            let isLarge = number % 8 == 0
            let size =
                isLarge
                ? Int.random(in: 5 << 20...14 << 20, using: &random) : Int.random(in: 0...90_000, using: &random)
            return (number, size, isLarge && number % 16 == 0 ? Int.random(in: 1...6_000_000, using: &random) : 0)
        }
        try await withThrowingTaskGroup { group in
            for worker in 0..<8 {
                group.addTask {
                    for plan in plans where plan.number % 8 == worker {
                        try await send(plan.number, plan.size, plan.header, to: faulty)
                    }
                }
            }
            try await group.waitForAll()
        }
        let counts = try proxy.end()
        print(
            "faults: cloud, seed \(seed), \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"
        )
        for fault in FaultProxy.kinds { #expect(counts[fault, default: 0] > 0, "\(fault) did not happen") }

        // Looked at without faults.
        let clean = store(server, prefix, at: server.endpoint, process: "later")
        let service = clean.service
        // Where the answer to the beginning of an upload was lost, only the sweep finds it.
        #expect(try await service.uploads(after: nil).items.count == clean.removeAbandonedUploads())
        #expect(try await service.uploads(after: nil).items.isEmpty)
        var paths: Set<String> = []
        var marker: String?
        repeat {
            let page = try await service.list("t-0-temp", prefix: "", after: marker)
            paths.formUnion(page.items.map(\.path))
            marker = page.next
        } while marker != nil
        #expect(paths == Set(plans.map { "packages/\($0.number)" }))
    }

    /// Writes a blob, reads it back and compares it.
    private func send(_ number: Int, _ size: Int, _ header: Int, to store: CloudBlobStore) async throws {
        let header = min(header, size)
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 &* 7 ^ number) }
        let location = BlobLocation(container: "t-0-temp", path: "packages/\(number)")
        let upload = try await store.upload(to: location, reserving: Int64(header))
        for start in stride(from: header, to: size, by: 1 << 20) {
            try await upload.append(Array(bytes[start..<min(start + 1 << 20, size)]))
        }
        if header > 0 { try await upload.appendHeader(Array(bytes[..<header])) }
        #expect(try await upload.commit(hashes(bytes)) == size)
        var hasher = BlobHasher()
        for try await piece in store.pieces(of: location) { hasher.update(piece) }
        #expect(hasher.finish() == hashes(bytes), "package \(number)")
    }
}
