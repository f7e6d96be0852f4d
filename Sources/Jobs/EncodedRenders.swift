import Concurrency
import Model
import Packagers
import Planning
import Store
import Synchronization

/// The results of the work of one batch. ``BatchWork`` sets each of them once, and each job that needs one waits for
/// it.
///
/// So each chapter is decoded once, and encoded once for each distinct audio spec, however many platforms want it.
final class EncodedRenders: Sendable {
    /// One finished encoding in a scratch file.
    struct File: Sendable, Hashable {
        var path: String
        var facts: EncodedFile
    }

    private struct Key: Hashable {
        var render: Int
        var audio: AudioSpec
    }

    /// The options of the batch. They are known before all else.
    let options = Deferred<BatchOptions>()
    /// How many segments are spoken before there is a plan; 0 for none. Set as soon as it is decided.
    let speaks = Deferred<Int>()
    /// The plan, once it is frozen and its sources are on this machine. From then on chapters are encoded.
    let plan = Deferred<BatchPlan>()
    /// For each platform, an existing package that equals the planned one: of the same platform if there is one, else
    /// of another. Set before ``plan``.
    let equals = Deferred<[Platform: StoredPackage]>()
    /// The platforms whose packages are made after the others, because no disk has room for all at once. Set before
    /// ``plan``.
    let later = Deferred<Set<Platform>>()
    /// The cover, once it is fetched; nil for a book without.
    let cover = Deferred<File?>()
    private let files: Mutex<[Key: Deferred<File>]> = Mutex([:])
    private let failure = Mutex<(any Error)?>(nil)

    /// Waits for an encoding of a render.
    ///
    /// - Throws: The error that made it impossible, or `CancellationError`.
    func file(_ render: Int, _ audio: AudioSpec) async throws -> File {
        try await deferred(render, audio).value
    }

    /// Sets a finished encoding of a render.
    func provide(_ file: File, _ render: Int, _ audio: AudioSpec) {
        deferred(render, audio).settle(.success(file))
    }

    /// Fails all results that are still missing with `error`. Results that were set stay.
    func fail(_ error: any Error) {
        failure.withLock { $0 = $0 ?? error }
        options.settle(.failure(error))
        speaks.settle(.failure(error))
        equals.settle(.failure(error))
        later.settle(.failure(error))
        plan.settle(.failure(error))
        cover.settle(.failure(error))
        for deferred in files.withLock({ Array($0.values) }) { deferred.settle(.failure(error)) }
    }

    private func deferred(_ render: Int, _ audio: AudioSpec) -> Deferred<File> {
        let deferred = files.withLock { files in
            let key = Key(render: render, audio: audio)
            let deferred = files[key] ?? Deferred()
            files[key] = deferred
            return deferred
        }
        if let error = failure.withLock({ $0 }) { deferred.settle(.failure(error)) }
        return deferred
    }
}
