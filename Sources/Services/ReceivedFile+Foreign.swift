import Blobs
import Files
import Model
import Synchronization

extension ReceivedFile {
    /// Writes a file of `bytes` to `path`, of which nothing but its size was announced.
    ///
    /// - Parameter patience: How long the caller may send nothing.
    /// - Throws: ``PackagingError`` with code `invalidArgument` if more or fewer bytes come than announced,
    ///   `deadlineExceeded` if none come for longer than `patience`.
    static func receiveForeign(
        _ chunks: some AsyncSequence<[UInt8], any Error> & Sendable,
        bytes: Int64,
        to path: String,
        in folder: ScratchFolder,
        patience: Duration
    ) async throws {
        let file = try await folder.perform { () throws(FileError) in try OpenFile(path, .creating) }
        let last = LastByte()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var received: Int64 = 0
                for try await chunk in chunks {
                    received += Int64(chunk.count)
                    guard received <= bytes else {
                        throw PackagingError.invalid("data", "is longer than the \(bytes) bytes that were announced")
                    }
                    try await folder.perform { () throws(FileError) in try file.write(chunk) }
                    last.came()
                }
                guard received == bytes else {
                    throw PackagingError.invalid("data", "ends after \(received) of \(bytes) bytes")
                }
            }
            // Who announces a file and never sends it would keep its room for ever.
            group.addTask {
                while last.age < patience { try await Task.sleep(for: patience - last.age) }
                throw PackagingError(.deadlineExceeded, "could not take the file: nothing came for \(patience)")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// When the last bytes came.
private final class LastByte: Sendable {
    private let time = Mutex(ContinuousClock.now)

    var age: Duration { time.withLock { $0.duration(to: .now) } }

    func came() { time.withLock { $0 = .now } }
}
