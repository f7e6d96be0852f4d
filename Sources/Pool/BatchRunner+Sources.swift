import Assets
import Blobs
import Concurrency
import Logging
import Model
import Packagers
import Planning
import Store

extension BatchRunner {
    /// Segments fetched at once.
    private static let fetches = 8
    /// Chapters copied at once.
    private static let copies = 4

    /// Brings the cover here.
    func fetchCover(of plan: BatchPlan, in folder: ScratchFolder, renders: EncodedRenders) async throws {
        guard let cover = plan.cover else {
            renders.cover.settle(.success(nil))
            return
        }
        let location = TenantContainers.content("covers", cover.digest, of: batch.tenant)
        let sources = SourceFiles(blobs: context.blobs, scratch: folder)
        let file = try await sources.file(
            of: location,
            digest: cover.digest,
            bytes: cover.bytes,
            called: "the cover"
        )
        renders.cover.settle(.success(EncodedRenders.File(path: file.path, facts: EncodedFile(file.facts))))
    }

    /// Copies what it can of `encodings` from packages that are there.
    ///
    /// - Returns: What need not be encoded.
    func copy(
        _ encodings: [EncodingPlace],
        of plan: BatchPlan,
        in folder: ScratchFolder,
        renders: EncodedRenders,
        board: BatchBoard
    ) async throws -> Set<EncodingPlace> {
        let copies = ChapterCopies(
            packages: context.packages,
            blobs: context.blobs,
            project: batch.project,
            tenant: batch.tenant,
            scratch: folder,
            logger: logger
        )
        let sources = try await copies.sources(of: encodings.compactMap { plan[$0].digest })
        let wanted = encodings.filter { plan[$0].digest.map { sources[$0] != nil } ?? false }
        guard !wanted.isEmpty else { return [] }
        // What people count are chapters, of which each may have an encoding for several platforms.
        var left = Dictionary(grouping: wanted, by: \.render).mapValues(\.count)
        let chapters = left.count
        var copied: Set<EncodingPlace> = []
        board.copied(0, of: chapters)
        try await withBoundedTasks(wanted, atOnce: Self.copies) { place -> EncodedRenders.File? in
            guard let source = plan[place].digest.flatMap({ sources[$0] }) else { return nil }
            return try await copies.copy(source, as: "copy-\(place.render)-\(place.encode)")
        } receive: { index, file in
            let place = wanted[index]
            if let file {
                renders.provide(file, place.render, plan[place].audio)
                copied.insert(place)
                logger.debug("copied a chapter", metadata: ["render": "\(place.render)"])
            }
            left[place.render] = left[place.render].flatMap { $0 > 1 ? $0 - 1 : nil }
            board.copied(chapters - left.count, of: chapters)
        }
        return copied
    }

    /// Brings the audio here that `renders` are made from, each once.
    ///
    /// - Returns: The paths of the files by digest.
    func fetchAudio(
        of renders: [Int],
        of plan: BatchPlan,
        in folder: ScratchFolder,
        board: BatchBoard
    ) async throws -> [Digest: String] {
        let sources = SourceFiles(blobs: context.blobs, scratch: folder)
        let wanted = plan.audio(of: renders)
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
            board.fetched(paths.count, of: wanted.count)
        }
        return paths
    }
}
