import PackagingMessages
import Protobuf

/// The times of writing and reading a large message, beside the time of reading the same bytes once.
struct MessageBenchmark {
    let rounds: Int

    func run() throws {
        let id = "0190a5c4-7e1e-7c3a-9d2b-3f4e5a6b7c8d"
        let segment = ManifestSegment(id: id, text: String(repeating: "word ", count: 20), durationSeconds: 5)
        let segments = [ManifestSegment](repeating: segment, count: 2_000)
        let manifest = Manifest(chapters: [ManifestChapter(id: id, segments: segments)])
        let bytes = try manifest.serialized()
        print("messages: a manifest of 2,000 segments, \(bytes.count) bytes")
        var sum = 0
        let floor = Times.of(rounds) {
            // Adding the bytes up reads each of them once, as every reader of a message has to.
            sum &+= bytes.reduce(0) { $0 &+ Int($1) }
        }
        let packing = try Times.of(rounds) { sum &+= try manifest.serialized().count }
        let unpacking = try Times.of(rounds) { sum &+= try Manifest(serialized: bytes).chapters.count }
        floor.report("floor, reading the bytes")
        packing.report("to bytes")
        unpacking.report("from bytes")
        let ratios = [packing, unpacking].map { twoDigits($0.median / floor.median) }
        print("  p50 is \(ratios[0]) and \(ratios[1]) of the floor (sum \(sum))")
    }
}
