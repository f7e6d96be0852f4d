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

    /// How an encoding comes to be.
    enum Origin: Sendable, Hashable {
        /// It was copied from an earlier package, and is there.
        case copied
        /// A worker encodes it, and its audio is on this machine.
        case encoded
    }

    private struct Key: Hashable {
        var render: Int
        var audio: AudioSpec
    }

    /// The options of the batch. They are known before all else.
    let options = Deferred<BatchOptions>()
    /// How many segments are spoken before there is a plan; 0 for none. Set as soon as it is decided.
    let speaks = Deferred<Int>()
    /// The plan, once it is frozen and there is room for what it needs. From then on chapters are fetched and encoded.
    let plan = Deferred<BatchPlan>()
    /// For each platform, an existing package that equals the planned one: of the same platform if there is one, else
    /// of another. Set before ``plan``.
    let equals = Deferred<[Platform: StoredPackage]>()
    /// The platforms whose packages are made after the others, because no disk has room for all at once. Set before
    /// ``plan``.
    let later = Deferred<Set<Platform>>()
    /// The cover, once it is fetched; nil for a book without.
    let cover = Deferred<File?>()
    private let files: Mutex<[Key: Encoding]> = Mutex([:])
    private let failure = Mutex<(any Error)?>(nil)

    private struct Encoding {
        let origin = Deferred<Origin>()
        let file = Deferred<File>()
    }

    /// Waits until it is known how an encoding of a render comes to be: until it begins, or is copied.
    ///
    /// - Throws: The error that made it impossible, or `CancellationError`.
    func origin(_ render: Int, _ audio: AudioSpec) async throws -> Origin {
        try await encoding(render, audio).origin.value
    }

    /// Waits for an encoding of a render.
    ///
    /// - Throws: The error that made it impossible, or `CancellationError`.
    func file(_ render: Int, _ audio: AudioSpec) async throws -> File {
        try await encoding(render, audio).file.value
    }

    /// An encoding of a render begins.
    func begins(_ render: Int, _ audio: AudioSpec) {
        encoding(render, audio).origin.settle(.success(.encoded))
    }

    /// Sets a finished encoding of a render: a copy, if it has not begun.
    func provide(_ file: File, _ render: Int, _ audio: AudioSpec) {
        let encoding = encoding(render, audio)
        encoding.origin.settle(.success(.copied))
        encoding.file.settle(.success(file))
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
        for encoding in files.withLock({ Array($0.values) }) { Self.fail(encoding, error) }
    }

    private func encoding(_ render: Int, _ audio: AudioSpec) -> Encoding {
        let encoding = files.withLock { files in
            let key = Key(render: render, audio: audio)
            let encoding = files[key] ?? Encoding()
            files[key] = encoding
            return encoding
        }
        if let error = failure.withLock({ $0 }) { Self.fail(encoding, error) }
        return encoding
    }

    private static func fail(_ encoding: Encoding, _ error: any Error) {
        encoding.origin.settle(.failure(error))
        encoding.file.settle(.failure(error))
    }
}
