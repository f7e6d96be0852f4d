import Assets
import Concurrency
import Model
import Planning
import Synchronization

/// The audio of a batch on this machine. Each file is fetched and checked once, however many renders have it.
final class FetchedAudio: Sendable {
    /// The number of segments that are fetched at once by one call.
    private static let atOnce = 8

    private struct State {
        var asked: Set<Digest> = []
        var paths: [Digest: Deferred<String>] = [:]
        var fetched = 0
        var bytes: Int64 = 0
    }

    private let sources: SourceFiles
    private let board: BatchBoard
    private let state = Mutex(State())

    init(from sources: SourceFiles, board: BatchBoard) {
        self.sources = sources
        self.board = board
    }

    /// Fetches those of `list` that were not asked for before, in this order.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` that names the chapter and the segment, if a file is
    ///   gone or is another than was planned; else the error of the blob store or of scratch. Who waits for a path goes
    ///   on waiting then, until it is cancelled.
    func fetch(_ list: [(audio: BatchPlan.Audio, chapter: Int, segment: Int)]) async throws {
        let wanted = state.withLock { state in
            let new = list.filter { state.asked.insert($0.audio.digest).inserted }
            state.bytes += new.reduce(0) { $0 + Int64($1.audio.bytes) }
            return new
        }
        tell()
        try await withBoundedTasks(wanted, atOnce: Self.atOnce) { [sources] audio, chapter, segment in
            try await sources.file(
                of: audio.location,
                digest: audio.digest,
                bytes: audio.bytes,
                called: "the audio of chapter \(chapter) segment \(segment)"
            ).path
        } receive: { index, path in
            state.withLock { $0.fetched += 1 }
            tell()
            file(wanted[index].audio.digest).settle(.success(path))
        }
    }

    /// The paths of these files, once they are all there.
    ///
    /// - Throws: `CancellationError`.
    func paths(of digests: Set<Digest>) async throws -> [Digest: String] {
        var paths: [Digest: String] = [:]
        for digest in digests { paths[digest] = try await file(digest).value }
        return paths
    }

    private func tell() {
        state.withLock { board.fetched($0.fetched, of: $0.asked.count, bytes: $0.bytes) }
    }

    private func file(_ digest: Digest) -> Deferred<String> {
        state.withLock { state in
            let file = state.paths[digest] ?? Deferred()
            state.paths[digest] = file
            return file
        }
    }
}
