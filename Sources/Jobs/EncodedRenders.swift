import Concurrency
import Model
import Packagers
import Planning
import Store
import Synchronization

/// What the work of one batch brings forth, as it comes: filled once by ``BatchWork``, awaited by each job that
/// packages it.
///
/// So a chapter is decoded once and encoded once for each distinct audio spec, however many platforms want it.
final class EncodedRenders: Sendable {
    /// One encoding, finished, in a scratch file.
    struct File: Sendable, Hashable {
        var path: String
        var facts: EncodedFile
    }

    private struct Key: Hashable {
        var render: Int
        var audio: AudioSpec
    }

    /// What was asked for besides, known before all else.
    let options = Deferred<BatchOptions>()
    /// Whether segments are spoken before there is a plan; known as soon as it is decided.
    let speaks = Deferred<Bool>()
    /// The plan, once it is frozen and what it needs is here: from here on chapters are encoded.
    let plan = Deferred<BatchPlan>()
    /// Packages that equal those of the plan and are there already, known before ``plan``: of the same platform where
    /// there is one, else of another.
    let equals = Deferred<[Platform: StoredPackage]>()
    /// The cover, once it is fetched; nil for a book without.
    let cover = Deferred<File?>()
    private let files: Mutex<[Key: Deferred<File>]> = Mutex([:])
    private let failure = Mutex<(any Error)?>(nil)

    /// The encoding of a render, once it is there.
    ///
    /// - Throws: What made it impossible, or `CancellationError`.
    func file(_ render: Int, _ audio: AudioSpec) async throws -> File {
        try await deferred(render, audio).value
    }

    /// A render's encoding is finished.
    func provide(_ file: File, _ render: Int, _ audio: AudioSpec) {
        deferred(render, audio).settle(.success(file))
    }

    /// No more encodings will come, because of `error`. What is there stays.
    func fail(_ error: any Error) {
        failure.withLock { $0 = $0 ?? error }
        options.settle(.failure(error))
        speaks.settle(.failure(error))
        equals.settle(.failure(error))
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
