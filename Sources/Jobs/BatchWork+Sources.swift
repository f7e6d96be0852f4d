import Assets
import Blobs
import Concurrency
import Logging
import Model
import Packagers
import Planning
import Queue

extension BatchWork {
    /// The number of encodings that are copied at once.
    private static let copies = 4

    /// Makes the cover available on this machine.
    func fetchCover(of plan: BatchPlan) async throws {
        guard let cover = plan.cover else {
            context.results.cover.settle(.success(nil))
            return
        }
        let location = TenantContainers.content("covers", cover.digest, of: context.batch.tenant)
        let sources = SourceFiles(blobs: context.parts.blobs, scratch: context.scratch)
        let file = try await sources.file(
            of: location,
            digest: cover.digest,
            bytes: cover.bytes,
            called: "the cover",
            reason: "COVER_CHANGED"
        )
        let facts = EncodedFile(file.facts)
        context.results.cover.settle(.success(EncodedRenders.File(path: file.path, facts: facts)))
    }

    /// Those of `encodings` that can be copied from existing packages, in their order.
    func copies(of encodings: [EncodingPlace], of plan: BatchPlan) async throws -> [Copy] {
        let sources = try await copies.sources(of: encodings.compactMap { plan[$0].digest })
        return plan.copies(of: encodings, from: Set(sources.keys)).compactMap { place in
            plan[place].digest.flatMap { sources[$0] }.map { Copy(place: place, source: $0) }
        }
    }

    /// Copies encodings from existing packages.
    ///
    /// - Returns: Those that could not be copied, and have to be encoded.
    func copy(_ wanted: [Copy], of plan: BatchPlan) async throws -> [EncodingPlace] {
        let copies = copies
        let bytes = wanted.reduce(0) { $0 + $1.source.chapter.bytes }
        var done: Int64 = 0
        var failed: [EncodingPlace] = []
        try await withBoundedTasks(wanted, atOnce: Self.copies) { copy -> EncodedRenders.File? in
            try await copies.copy(copy.source, as: "copy-\(copy.place.render)-\(copy.place.encode)")
        } receive: { index, file in
            let (place, source) = (wanted[index].place, wanted[index].source)
            done += source.chapter.bytes
            guard let file else { return failed.append(place) }
            context.board.copied(place, done: Double(done) / Double(max(1, bytes)))
            context.results.provide(file, place.render, plan[place].audio)
            context.logger.debug("copied a chapter", metadata: ["render": "\(place.render)"])
        }
        return failed
    }

    private var copies: ChapterCopies {
        ChapterCopies(
            packages: context.parts.packages,
            blobs: context.parts.blobs,
            project: context.batch.project,
            tenant: context.batch.tenant,
            scratch: context.scratch,
            logger: context.logger
        )
    }
}

/// An encoding that a package of the project contains already.
struct Copy: Sendable {
    var place: EncodingPlace
    var source: ChapterSource
}
