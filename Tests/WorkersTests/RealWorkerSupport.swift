import Descriptors
import Foundation
import Glibc
import Processes
import Synchronization
import WorkerLink
import WorkerMessages
import Workers

extension WorkerConfiguration {
    /// The real worker, with limits on time that no busy machine exceeds.
    static var real: Self {
        var configuration = WorkerConfiguration(executable: testProgram("packaging-worker"))
        configuration.stallLimit = .seconds(600)
        configuration.measureLimit = .seconds(600)
        configuration.renderLimit = .seconds(600)
        return configuration
    }
}

/// A regular file without a name.
final class MemoryFile: Sendable {
    let descriptor: Descriptor

    init(_ bytes: [UInt8]) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "worker-test-\(UUID())").path
        descriptor = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL)
        _ = unsafe unlink(path)
        _ = descriptor.withNumber { unsafe write($0, bytes, bytes.count) }
    }

    var file: WorkerFile { WorkerFile { self.descriptor } }

    var size: Int {
        var status = stat()
        return descriptor.withNumber({ unsafe fstat($0, &status) }) == 0 ? Int(status.st_size) : -1
    }
}

/// A 16-bit mono WAV of a tone at 44,100 Hz.
func wav(samples: Int) -> [UInt8] {
    func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 0xFF) } }
    func half(_ value: Int) -> [UInt8] { (0..<2).map { UInt8(value >> (8 * $0) & 0xFF) } }
    let sound = (0..<samples).flatMap { half(Int(8000 * sin(Double($0) * 0.05))) }
    let format = Array("fmt ".utf8) + word(16) + half(1) + half(1) + word(44_100) + word(88_200) + half(2) + half(16)
    let body = Array("WAVE".utf8) + format + Array("data".utf8) + word(sound.count) + sound
    return Array("RIFF".utf8) + word(body.count) + body
}

/// A PNG of black pixels, one bit each, in blocks that are not compressed.
func png(width: Int, height: Int) -> [UInt8] {
    func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
        let checked = Array(type.utf8) + body
        var sum = ~UInt32(0)
        for byte in checked {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return word(UInt32(body.count)) + checked + word(~sum)
    }
    let header = word(UInt32(width)) + word(UInt32(height)) + [1, 0, 0, 0, 0]
    // Each row is a filter byte and its pixels.
    let count = ((width + 7) / 8 + 1) * height
    var pixels: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: count, by: 0xFFFF) {
        let size = min(0xFFFF, count - start)
        let low = [UInt8(size & 0xFF), UInt8(size >> 8)]
        pixels += [start + size == count ? 1 : 0] + low + low.map { ~$0 } + Array(repeating: 0, count: size)
    }
    // Adler-32 of so many zeros.
    pixels += word(UInt32(count % 65_521) << 16 | 1)
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", pixels)
        + chunk("IEND", [])
}

/// The numbers of finished segments, in the order in which they were reported.
final class Progress: Sendable {
    private let reported = Mutex<[Int]>([])

    var values: [Int] { reported.withLock { $0 } }

    func append(_ value: Int) { reported.withLock { $0.append(value) } }
}

/// Requests a chapter of one tone, and waits for its end.
func renderTone(samples: Int, over link: WorkerLink) throws {
    try link.open(WorkerMethods.renderChapter)
    let task = WorkerRenderTask(
        headSamples: 2048,
        tailSamples: 2048,
        segments: 1,
        outputs: [WorkerEncodeSpec(codec: "mp3", bitRate: 192_000)]
    )
    let output = try MemoryFile([]).descriptor
    try link.send(WorkerRenderInput(item: .task(task)), descriptors: [output])
    let segment = WorkerRenderInput(item: .segment(WorkerRenderSegment(samples: Int64(samples))))
    try link.send(segment, descriptors: [try MemoryFile(wav(samples: samples)).descriptor])
    while try link.receive(WorkerRenderUpdate.self) != nil {}
}

/// Makes a worker begin a call, and leaves it waiting in the middle of the call.
func startMeasuring(over link: WorkerLink) throws {
    try link.open(WorkerMethods.measureAudio)
    try link.send(WorkerMeasureInput(), descriptors: [try MemoryFile(wav(samples: 441)).descriptor])
    _ = try link.receive(WorkerMeasureResult.self)
}
