package import Model
import Synchronization

extension ScratchFolder {
    /// Writes a file that a caller sends, and checks it against what was announced.
    ///
    /// - Parameters:
    ///   - digest: The SHA-256 that was announced; nil if none was.
    ///   - bytes: The size that was announced.
    /// - Throws: ``PackagingError`` with code `invalidArgument` if more or fewer bytes come than announced, or if they
    ///   do not have the announced hash.
    package func receive(
        _ pieces: some AsyncSequence<[UInt8], any Error>,
        digest: Digest? = nil,
        bytes: Int64
    ) async throws -> ScratchFile {
        let received = try await write(pieces, as: "received") { count in
            guard count <= bytes else {
                throw PackagingError.invalid("data", "is longer than the \(bytes) bytes that were announced")
            }
        }
        guard received.facts.bytes == bytes else {
            throw PackagingError.invalid("data", "ends after \(received.facts.bytes) of \(bytes) bytes")
        }
        guard digest == nil || digest == received.facts.digest else {
            throw PackagingError.invalid("header.sha256", "is not the SHA-256 of the bytes that came")
        }
        return received
    }

    /// Does the same as ``receive(_:digest:bytes:)``, but fails if the caller sends nothing for longer than `patience`.
    ///
    /// Without this limit, a caller that announces a file and never sends it would keep its room in scratch for ever.
    ///
    /// - Throws: Also ``PackagingError`` with code `deadlineExceeded` if nothing comes for longer than `patience`.
    package func receive(
        _ pieces: some AsyncSequence<[UInt8], any Error> & Sendable,
        bytes: Int64,
        patience: Duration
    ) async throws -> ScratchFile {
        let last = LastPiece()
        return try await withThrowingTaskGroup(of: ScratchFile.self) { group in
            group.addTask { try await receive(last.noting(pieces), bytes: bytes) }
            group.addTask {
                while last.age < patience { try await Task.sleep(for: patience - last.age) }
                throw PackagingError(.deadlineExceeded, "could not take the file: nothing came for \(patience)")
            }
            defer { group.cancelAll() }
            guard let received = try await group.next() else { throw CancellationError() }
            return received
        }
    }
}

/// When the last piece came.
private final class LastPiece: Sendable {
    private let time = Mutex(ContinuousClock.now)

    var age: Duration { time.withLock { $0.duration(to: .now) } }

    /// The same pieces; the time of each is noted when it comes.
    func noting<Pieces: AsyncSequence<[UInt8], any Error> & Sendable>(
        _ pieces: Pieces
    ) -> AsyncMapSequence<Pieces, [UInt8]> {
        pieces.map { piece in
            self.time.withLock { $0 = .now }
            return piece
        }
    }
}
