import Descriptors
import Foundation
import Glibc
import Logging
import Model
import Processes
import Synchronization
import Workers

/// The path of a test program, which is built beside the tests' own bundle.
func testProgram(_ name: String) -> String {
    Bundle(for: BundleMarker.self).bundleURL.appending(path: name).path
}

private final class BundleMarker {}

extension WorkerPool {
    /// A pool of workers that follow the orders in their files. Time stands still for the pool, unless `clock` says
    /// otherwise.
    static func fake(
        clock: any Clock<Duration> = JumpingClock { _ in false },
        memory: UInt64? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ change: (inout WorkerConfiguration) -> Void = { _ in }
    ) throws -> WorkerPool {
        var configuration = WorkerConfiguration(executable: testProgram("fake-worker"))
        configuration.user = nil  // The fake worker is not confined and knows no arguments.
        change(&configuration)
        return WorkerPool(
            configuration: configuration,
            launcher: try Launcher(),
            clock: clock,
            memory: { memory },
            logger: logger
        )
    }
}

extension WorkerFile {
    /// A file with an order for the fake worker.
    static func order(_ order: String) -> WorkerFile {
        WorkerFile {
            let pipe = try Descriptor.pipe()
            let line = order + "\n"
            _ = pipe.write.withNumber { unsafe write($0, line, line.utf8.count) }
            return pipe.read
        }
    }
}

/// A file that makes the fake worker report its process number and then wait, and our end of the file.
final class HeldFile: Sendable {
    private let ours: Descriptor
    private let theirs: Descriptor

    init(_ order: String = "hold") throws {
        (ours, theirs) = try Descriptor.socketPair()
        say(order)
    }

    var file: WorkerFile { WorkerFile { [theirs] in theirs } }

    /// The line that the worker writes when it has begun.
    func arrival() async throws -> String {
        try await BlockingThread.run(named: "arrival") { [ours] in
            var buffer = [UInt8](repeating: 0, count: 64)
            let count = ours.withNumber { unsafe read($0, &buffer, buffer.count) }
            return String(decoding: buffer.prefix(max(0, count)).dropLast(), as: UTF8.self)
        }
    }

    /// Lets the worker go on.
    func release() { say("go") }

    private func say(_ words: String) {
        let line = words + "\n"
        _ = ours.withNumber { unsafe write($0, line, line.utf8.count) }
    }
}

/// Counts how many tasks are at a place at once.
final class Gauge: Sendable {
    private let counts = Mutex((now: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
    func leave() { counts.withLock { $0.now -= 1 } }
}

/// A clock that stands still, on which some sleeps end at once and all others last until they are cancelled.
struct JumpingClock: Clock {
    struct Instant: InstantProtocol, Hashable {
        var offset = Duration.zero

        func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        func duration(to other: Self) -> Duration { other.offset - offset }
        static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
    }

    let jumps: @Sendable (Duration) -> Bool

    var now: Instant { Instant() }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        if jumps(deadline.offset) { return }
        try await Task.sleep(for: .seconds(1 << 30))
    }
}
