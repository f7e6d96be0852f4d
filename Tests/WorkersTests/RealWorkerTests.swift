import Descriptors
import Foundation
import Glibc
import Logging
import Model
import Processes
import TestSupport
import Testing

@testable import Workers

@Suite("The real worker", .timeLimit(.minutes(10)))
struct RealWorkerTests {
    private let tenant = TenantID.random()
    private let pool: WorkerPool

    init() throws {
        pool = WorkerPool(
            configuration: .real,
            launcher: try Launcher(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// A WAV of `samples` samples of a tone, in a file without a name.
    private func tone(samples: Int) -> WorkerFile {
        WorkerFile { try MemoryFile(wav(samples: samples)).descriptor }
    }

    @Test("it starts, is confined, and names its encoders")
    func describe() async throws {
        let description = try await pool.describe()
        #expect(description.encoderBuild.contains("avcodec"))
        #expect(description.confinement.contains("no-new-privileges"))
        #expect(description.confinement.contains("seccomp"))
    }

    @Test("the worker beside our own program is the one that is started")
    func besideOurs() throws {
        #expect(try WorkerProgram.ofThisProcess().hasSuffix("/packaging-worker"))
    }

    @Test("a whole batch is measured, and a file that is not audio is refused in its place")
    func measure() async throws {
        let text = WorkerFile { try MemoryFile(Array("#EXTM3U\n/etc/passwd\n".utf8)).descriptor }
        var files = (1...63).map { tone(samples: 441 * $0) }
        files.insert(text, at: 7)
        let outcomes = try await pool.measure(files, tenant: tenant)
        let samples = outcomes.map { outcome in
            if case .measured(let measurement) = outcome { measurement.samples } else { -1 }
        }
        #expect(samples == (1...7).map { 441 * $0 } + [-1] + (8...63).map { 441 * $0 })
        guard case .refused(let reason) = outcomes[7] else {
            Issue.record("the playlist is \(outcomes[7])")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("a chapter of more segments than the window is rendered in both codecs, with progress")
    func render() async throws {
        let outputs = [try MemoryFile([]), try MemoryFile([])]
        let segments = (0..<40).map { _ in RenderRequest.Segment(file: tone(samples: 4410), samples: 4410) }
        let request = RenderRequest(
            headSamples: 4096,
            tailSamples: 4096 + 112,
            toneSeed: 7,
            segments: segments,
            outputs: [
                .init(spec: AudioSpec(codec: .mp3, bitRate: 192_000), file: outputs[0].file),
                .init(spec: AudioSpec(codec: .aac, bitRate: 128_000), file: outputs[1].file),
            ]
        )
        let progress = Progress()
        let chapter = try await pool.render(request, tenant: tenant) { progress.append($0) }
        #expect(chapter.samples == request.samples)
        #expect(chapter.outputs.map(\.bytes) == outputs.map(\.size))
        #expect(chapter.outputs[0].packetSizes.isEmpty)
        #expect(chapter.outputs[1].packetSizes.reduce(0, +) == UInt32(chapter.outputs[1].bytes))
        #expect(progress.values == (1...40).map { $0 * 4410 })
    }

    @Test("a worker that renders a long segment reports progress, so that it is not taken for stuck")
    func longSegment() async throws {
        let samples = 12 * 44_100
        let request = RenderRequest(
            headSamples: 2048,
            tailSamples: 2048,
            toneSeed: 7,
            segments: [.init(file: tone(samples: samples), samples: samples)],
            outputs: [.init(spec: AudioSpec(codec: .mp3, bitRate: 192_000), file: try MemoryFile([]).file)]
        )
        let progress = Progress()
        _ = try await pool.render(request, tenant: tenant) { progress.append($0) }
        #expect(progress.values.count == 3 && progress.values.last == samples)
        #expect(zip(progress.values, 1...2).allSatisfy { $0 >= $1 * 5 * 44_100 && $0 < $1 * 5 * 44_100 + 44_100 })
    }

    @Test("format and size of a cover are found, and a picture of too many pixels is refused")
    func cover() async throws {
        let picture = try MemoryFile(png(width: 1600, height: 2400)).file
        let outcome = try await pool.measureCover(picture, maximumPixels: 1600 * 2400, tenant: tenant)
        #expect(outcome == .measured(.png, width: 1600, height: 2400))
        let large = try await pool.measureCover(picture, maximumPixels: 1600 * 2400 - 1, tenant: tenant)
        #expect(large == .refused("it is 1600 by 2400 pixels, more than 3839999 in all"))
        let text = try MemoryFile(Array("<svg/>".utf8)).file
        guard case .refused = try await pool.measureCover(text, maximumPixels: .max, tenant: tenant) else {
            Issue.record("text was taken for a picture")
            return
        }
    }

    @Test("a segment that differs from what was measured fails the chapter, and is named")
    func changedSegment() async throws {
        let output = try MemoryFile([])
        let request = RenderRequest(
            headSamples: 2048,
            tailSamples: 2048,
            toneSeed: 7,
            segments: [
                .init(file: tone(samples: 4410), samples: 4410), .init(file: tone(samples: 4410), samples: 4400),
            ],
            outputs: [.init(spec: AudioSpec(codec: .mp3, bitRate: 192_000), file: output.file)]
        )
        let error = await #expect(throws: WorkerError.self) { try await pool.render(request, tenant: tenant) }
        #expect(error?.kind == .refused)
        #expect(error?.segment == 1)
    }

    @Test("a full disk of the output blames no segment", .enabled(if: getuid() == 0))
    func fullDisk() async throws {
        try await withTemporaryFolder("full-disk") { folder in
            let disk = folder.file("disk")
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
            let mounted = try Oracle.run("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk])
            try #require(mounted.status == 0, "\(mounted.output)")
            defer { _ = try? Oracle.run("umount", [disk]) }
            // 20 seconds at 192 kbit/s are 480,000 bytes. They do not fit while the second segment is decoded.
            let samples = 10 * 44_100
            let request = RenderRequest(
                headSamples: 2048,
                tailSamples: 2048,
                toneSeed: 7,
                segments: (0..<3).map { _ in .init(file: tone(samples: samples), samples: samples) },
                outputs: [.init(spec: AudioSpec(codec: .mp3, bitRate: 192_000), file: .writing(disk + "/out.mp3"))]
            )
            let progress = Progress()
            let error = await #expect(throws: WorkerError.self) {
                try await pool.render(request, tenant: tenant) { progress.append($0) }
            }
            #expect(error == WorkerError(.short(.scratch), "the disk for scratch files is full"))
            #expect(progress.values.contains(samples), "the first segment was rendered")
        }
    }

    @Test("an output beyond the limit ends the worker, and the error says so")
    func fileLimit() async throws {
        let error = await #expect(throws: WorkerError.self) {
            let limits = TaskLimits(time: .seconds(60), fileBytes: 1000)
            try await pool.run("render", tenant: tenant, limits: limits) { link, _ in
                try renderTone(samples: 44_100, over: link)
            }
        }
        #expect(error == WorkerError(.died, "the worker exceeded its limit of 1000 bytes for a file"))
    }

    @Test("a worker that root starts runs as nobody", .enabled(if: getuid() == 0))
    func user() async throws {
        let status = try await pool.run(
            "test",
            tenant: tenant,
            limits: TaskLimits(time: .seconds(60), fileBytes: 0)
        ) { link, worker in
            try startMeasuring(over: link)
            return try Descriptor.open("/proc/\(worker.child.pid)/status", O_RDONLY).readTail(limit: 4096)
        }
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        #expect(lines.contains("Uid:\t65534\t65534\t65534\t65534"))
        #expect(lines.contains("Gid:\t65534\t65534\t65534\t65534"))
        #expect(lines.contains("CapEff:\t0000000000000000"))
        #expect(lines.contains("Seccomp:\t2"))
    }
}
