import Assets
import Blobs
import Concurrency
import Logging
import Model
import Packagers
import Planning
import Queue

extension BatchWork {
    /// The number of segments that are fetched at once.
    private static let fetches = 8
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

    /// Copies as many of `encodings` as it can from existing packages.
    ///
    /// - Returns: The encodings that were copied and need not be made.
    func copy(_ encodings: [EncodingPlace], of plan: BatchPlan) async throws -> Set<EncodingPlace> {
        let board = context.board
        let copies = ChapterCopies(
            packages: context.parts.packages,
            blobs: context.parts.blobs,
            project: context.batch.project,
            tenant: context.batch.tenant,
            scratch: context.scratch,
            logger: context.logger
        )
        let sources = try await copies.sources(of: encodings.compactMap { plan[$0].digest })
        let wanted = plan.copies(of: encodings, from: Set(sources.keys))
        guard !wanted.isEmpty else { return [] }
        let bytes = wanted.reduce(0) { sum, place in
            sum + (plan[place].digest.flatMap { sources[$0]?.chapter.bytes } ?? 0)
        }
        var copied: Set<EncodingPlace> = []
        var left = Set(wanted)
        // People count the chapters of the book, and each chapter may have encodings for several platforms.
        func tell() {
            guard let number = (left.isEmpty ? Set(wanted) : left).map({ plan.chapterNumber(of: $0) }).min() else {
                return
            }
            let chapter = (number: number, of: plan.chapters.count)
            board.copied(wanted.count - left.count, of: wanted.count, bytes: bytes, chapter: chapter)
        }
        tell()
        try await withBoundedTasks(wanted, atOnce: Self.copies) { place -> EncodedRenders.File? in
            guard let source = plan[place].digest.flatMap({ sources[$0] }) else { return nil }
            return try await copies.copy(source, as: "copy-\(place.render)-\(place.encode)")
        } receive: { index, file in
            let place = wanted[index]
            if let file {
                context.results.provide(file, place.render, plan[place].audio)
                copied.insert(place)
                context.logger.debug("copied a chapter", metadata: ["render": "\(place.render)"])
            }
            left.remove(place)
            tell()
        }
        return copied
    }

    /// Makes the audio of `renders` available on this machine, each file once.
    ///
    /// - Returns: The paths of the files by digest.
    func fetchAudio(of renders: [Int], of plan: BatchPlan) async throws -> [Digest: String] {
        let sources = SourceFiles(blobs: context.parts.blobs, scratch: context.scratch)
        let wanted = plan.audio(of: renders)
        let bytes = wanted.reduce(0) { $0 + Int64($1.audio.bytes) }
        var paths: [Digest: String] = [:]
        try await withBoundedTasks(wanted, atOnce: Self.fetches) { audio, chapter, segment in
            try await sources.file(
                of: audio.location,
                digest: audio.digest,
                bytes: audio.bytes,
                called: "the audio of chapter \(chapter) segment \(segment)"
            ).path
        } receive: { index, path in
            paths[wanted[index].audio.digest] = path
            context.board.fetched(paths.count, of: wanted.count, bytes: bytes)
        }
        return paths
    }
}
