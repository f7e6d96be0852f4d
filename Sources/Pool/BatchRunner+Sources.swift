import Blobs
import Files
import Logging
import Model
import Packagers
import Planning
import Store
import Workers

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
        let location = TenantContainers.content("covers", cover.digest, of: claims[0].tenant)
        let sources = SourceFiles(blobs: context.blobs, scratch: folder)
        let path = try await sources.path(of: location, digest: cover.digest, bytes: cover.bytes, called: "the cover")
        let checksums = try await folder.perform { () throws(FileError) in try SourceFiles.checksums(of: path) }
        let facts = EncodedFile(bytes: checksums.bytes, crc32: checksums.crc32, digest: checksums.digest)
        renders.cover.settle(.success(EncodedRenders.File(path: path, facts: facts)))
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
            project: claims[0].project,
            tenant: claims[0].tenant,
            scratch: folder,
            logger: logger
        )
        let sources = try await copies.sources(of: encodings.compactMap { plan[$0].digest })
        let wanted = encodings.filter { plan[$0].digest.map { sources[$0] != nil } ?? false }
        guard !wanted.isEmpty else { return [] }
        return try await withThrowingTaskGroup(of: (EncodingPlace, EncodedRenders.File?).self) { group in
            var copied: Set<EncodingPlace> = []
            var pending = wanted[...]
            func start() {
                guard let place = pending.popFirst(), let source = plan[place].digest.flatMap({ sources[$0] }) else {
                    return
                }
                let path = folder.file("copy-\(place.render)-\(place.encode)")
                group.addTask { (place, try await copies.copy(source, to: path)) }
            }
            // What people count are chapters, of which each may have an encoding for several stores.
            var left = Dictionary(grouping: wanted, by: \.render).mapValues(\.count)
            let chapters = left.count
            board.copied(0, of: chapters)
            for _ in 0..<Self.copies { start() }
            for try await (place, file) in group {
                if let file {
                    renders.provide(file, place.render, plan[place].audio)
                    copied.insert(place)
                    logger.debug("copied a chapter", metadata: ["render": "\(place.render)"])
                }
                left[place.render] = left[place.render].flatMap { $0 > 1 ? $0 - 1 : nil }
                board.copied(chapters - left.count, of: chapters)
                start()
            }
            return copied
        }
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
        return try await withThrowingTaskGroup(of: (Digest, String).self) { group in
            var paths: [Digest: String] = [:]
            var pending = wanted[...]
            func start() {
                guard let (audio, chapter, segment) = pending.popFirst() else { return }
                group.addTask {
                    let path = try await sources.path(
                        of: audio.location,
                        digest: audio.digest,
                        bytes: audio.bytes,
                        called: "the audio of chapter \(chapter) segment \(segment)"
                    )
                    return (audio.digest, path)
                }
            }
            for _ in 0..<Self.fetches { start() }
            for try await (digest, path) in group {
                paths[digest] = path
                board.fetched(paths.count, of: wanted.count)
                start()
            }
            return paths
        }
    }
}
