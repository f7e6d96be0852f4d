import Blobs
import Foundation
import Logging
import Model
import Synchronization
import TestSupport
import Testing

@testable import Services

@Suite("Health")
struct HealthTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A thing that a daemon needs, and that a test breaks and mends.
    private final class Part: Sendable {
        private let problem = Mutex<PackagingError?>(nil)

        func breaks(_ error: PackagingError?) { problem.withLock { $0 = error } }

        func probe(_ reason: String) -> HealthService.Probe {
            .init(reason: reason, every: .seconds(5)) { () throws(PackagingError) in
                if let error = self.problem.withLock({ $0 }) { throw error }
            }
        }
    }

    @Test("a daemon serves after the first look at everything found no problem, and not before")
    func begins() async {
        let health = HealthService(probes: [Part().probe("A"), Part().probe("B")], logger: logger)
        #expect(health.problem?.reason == "SERVER_STARTING")
        await health.lookOnce()
        #expect(health.problem == nil)
    }

    @Test("the most important problem is reported, with its own reason or else the probe's, until it has passed")
    func reasons() async {
        let (first, second) = (Part(), Part())
        let health = HealthService(probes: [first.probe("FIRST"), second.probe("SECOND")], logger: logger)
        second.breaks(PackagingError(.resourceExhausted, "it is full", reason: "FULL", hint: "Make room."))
        await health.lookOnce()
        #expect(health.problem?.reason == "FULL")
        #expect(health.problem?.hint == "Make room.")
        first.breaks(PackagingError(.unavailable, "it is away"))
        await health.lookOnce()
        #expect(health.problem?.reason == "FIRST")
        #expect(health.problem?.hint?.contains("by itself") == true)
        first.breaks(nil)
        second.breaks(nil)
        await health.lookOnce()
        #expect(health.problem == nil)
    }

    @Test("a watcher receives the state, each change once, the stop as the last one, and then the end")
    func watching() async {
        let part = Part()
        let health = HealthService(probes: [part.probe("AWAY")], logger: logger)
        await health.lookOnce()
        var heard: [String] = []
        var changes = health.changes().makeAsyncIterator()
        heard.append(Self.word(await changes.next()))
        part.breaks(PackagingError(.unavailable, "it is away"))
        await health.lookOnce()
        await health.lookOnce()
        heard.append(Self.word(await changes.next()))
        part.breaks(nil)
        await health.lookOnce()
        heard.append(Self.word(await changes.next()))
        health.beginStopping()
        await health.lookOnce()
        heard.append(Self.word(await changes.next()))
        heard.append(Self.word(await changes.next()))
        #expect(heard == ["serving", "AWAY", "serving", "SERVER_STOPPING", "end"])
        var late = health.changes().makeAsyncIterator()
        #expect(await late.next()??.reason == "SERVER_STOPPING")
        #expect(await late.next() == nil)
    }

    @Test("a call waits for what is away, goes on if it comes back in time, and is told the reason otherwise")
    func waiting() async throws {
        let clock = ManualClock()
        let part = Part()
        let health = HealthService(probes: [part.probe("AWAY")], clock: clock, logger: logger)
        await health.lookOnce()
        try await health.wait(while: "AWAY", atMost: .seconds(2))

        part.breaks(PackagingError(.unavailable, "it is away", hint: "Its log is \"/secret\"."))
        await health.lookOnce()
        try await health.wait(while: "OTHER", atMost: .seconds(2))
        async let returned: Void = health.wait(while: "AWAY", atMost: .seconds(2))
        await clock.waitForSleepers(1)
        part.breaks(nil)
        await health.lookOnce()
        try await returned

        part.breaks(PackagingError(.unavailable, "it is away", hint: "Its log is \"/secret\"."))
        await health.lookOnce()
        let refused = Task { try await health.wait(while: "AWAY", atMost: .seconds(2)) }
        await clock.waitForSleepers(1)
        clock.advance(by: .seconds(2))
        let error = await #expect(throws: PackagingError.self) { try await refused.value }
        #expect(error?.code == .unavailable && error?.reason == "AWAY" && error?.message == "it is away")
        #expect(error?.hint == nil && error?.retryAfter != nil)
    }

    private static func word(_ change: PackagingError??) -> String {
        guard let change else { return "end" }
        return change?.reason ?? "serving"
    }

    @Test("a look that hangs too long is a problem until it ends")
    func hanging() {
        var record = HealthRecord(reasons: ["DATABASE"], patience: 30)
        record.looked(at: 0, found: nil)
        for _ in 0..<30 { record.tick() }
        #expect(record.problem == nil)
        record.tick()
        #expect(record.problem?.reason == "DATABASE")
        record.looked(at: 0, found: nil)
        #expect(record.problem == nil)
    }

    @Test("a probe looks again after its interval, and every second while there is a problem")
    func intervals() async throws {
        let clock = ManualClock()
        let (looks, looked) = AsyncStream<Void>.makeStream()
        let problem = Mutex<PackagingError?>(nil)
        let probe = HealthService.Probe(reason: "A", every: .seconds(5)) { () throws(PackagingError) in
            looked.yield()
            if let error = problem.withLock({ $0 }) { throw error }
        }
        let health = HealthService(probes: [probe], clock: clock, logger: logger)
        try await withTimeLimit("the looks") {
            await withDiscardingTaskGroup { group in
                group.addTask { await health.run() }
                var beginnings = looks.makeAsyncIterator()
                _ = await beginnings.next()
                // Two tasks sleep: the probe, and the task that counts the ticks.
                await clock.waitForSleepers(2)
                problem.withLock { $0 = PackagingError(.unavailable, "away") }
                clock.advance(by: .seconds(5))
                _ = await beginnings.next()
                await clock.waitForSleepers(2)
                problem.withLock { $0 = nil }
                clock.advance(by: .seconds(1))
                _ = await beginnings.next()
                group.cancelAll()
            }
        }
    }

    @Test("a blob store is checked with a blob that is read back and removed")
    func blobs() async throws {
        try await withTemporaryFolder { folder in
            let blobs = try FileBlobStore(root: folder.file("blobs"))
            try await BlobProbe.run(on: blobs)
            let left = try FileManager.default.subpathsOfDirectory(atPath: folder.file("blobs"))
            let folders = ["containers", "containers/packagingd-probe", "containers/packagingd-probe/probe", "uploads"]
            #expect(left.sorted() == folders)
        }
    }

    @Test("a full blob store is distinguished from one that loses blobs")
    func badBlobs() async throws {
        let full = await #expect(throws: PackagingError.self) { try await BlobProbe.run(on: BadStore(isFull: true)) }
        #expect(full?.reason == "BLOB_STORE_FULL")
        let forgetful = await #expect(throws: PackagingError.self) {
            try await BlobProbe.run(on: BadStore(isFull: false))
        }
        #expect(forgetful?.code == .unavailable)
    }
}

/// A blob store that is full, or that returns no bytes.
private struct BadStore: BlobStore {
    let isFull: Bool

    private struct Upload: BlobUpload {
        let isFull: Bool

        func append(_ bytes: [UInt8]) async throws(BlobError) {
            if isFull { throw BlobError(.full, "no space left on device") }
        }

        func appendHeader(_ bytes: [UInt8]) async throws(BlobError) { try await append(bytes) }

        func commit(_ hashes: BlobHashes) async throws(BlobError) -> Int64 {
            throw BlobError(.alreadyExists, "not asked for")
        }

        func abort() async {}
    }

    private struct Forgetful: BlobUpload {
        func append(_ bytes: [UInt8]) async throws(BlobError) {}

        func appendHeader(_ bytes: [UInt8]) async throws(BlobError) {}
        func commit(_ hashes: BlobHashes) async throws(BlobError) -> Int64 { 0 }
        func abort() async {}
    }

    func upload(to _: BlobLocation, reserving _: Int64) async throws(BlobError) -> any BlobUpload {
        isFull ? Upload(isFull: true) : Forgetful()
    }

    func read(_: BlobLocation, from _: Int64, upTo _: Int) async throws(BlobError) -> [UInt8] { [] }
    func size(of _: BlobLocation) async throws(BlobError) -> Int64 { 0 }
    func delete(_: BlobLocation) async throws(BlobError) {}
    func removeAbandonedUploads() async throws(BlobError) -> Int { 0 }
    func removeBlobs(in _: String, olderThan _: Duration) async throws(BlobError) -> Int { 0 }
    func localPath(of _: BlobLocation) async throws(BlobError) -> String? { nil }
}
