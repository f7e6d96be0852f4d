import Assets
import Blobs
import Files
import Model
import Planning
import Queue

extension BatchWork {
    /// The platforms whose packages are made together: all, if the empty disks could have them all at once; else as many
    /// as they could, in the order of platforms. The others are made after these. If no package fits alone, they are
    /// all, and ``waitForRoom(for:of:)`` tells what they need.
    func platformsWithRoom(among platforms: Set<Platform>, of plan: BatchPlan) async throws -> Set<Platform> {
        let scratch = try await context.scratch.space()
        let blobs = try await unwrapped { () throws(BlobError) in try await context.parts.blobs.space() }
        let fetches = try await fetchesBlobs(of: plan)
        let isShared = blobs?.identifier == scratch.identifier
        let chosen = Self.choose(platforms) { platforms in
            let packages = plan.packageBytes(for: platforms)
            let need = plan.scratchBytes(for: platforms, fetchesBlobs: fetches)
            if isShared { return need + packages <= scratch.greatestRoomBytes }
            return need <= scratch.greatestRoomBytes && packages <= blobs?.greatestRoomBytes ?? .max
        }
        return chosen.isEmpty ? platforms : chosen
    }

    /// As many of `platforms` as fit together, each taken in its order if it fits beside those taken before.
    static func choose(_ platforms: Set<Platform>, fits: (Set<Platform>) -> Bool) -> Set<Platform> {
        if fits(platforms) { return platforms }
        return platforms.sorted().reduce(into: []) { chosen, platform in
            if fits(chosen.union([platform])) { chosen.insert(platform) }
        }
    }

    /// Waits until what packages of `platforms` need fits on the disks. Nothing is fetched or rendered before, because on
    /// a full disk that would be done in vain.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if it can never fit, `resourceExhausted` if it does not
    ///   fit now.
    func waitForRoom(for platforms: Set<Platform>, of plan: BatchPlan) async throws {
        let (parts, board) = (context.parts, context.board)
        let packages = plan.packageBytes(for: platforms)
        var need = plan.scratchBytes(for: platforms, fetchesBlobs: try await fetchesBlobs(of: plan))
        if let blobs = try await unwrapped({ () throws(BlobError) in try await parts.blobs.space() }) {
            if blobs.identifier == (try await context.scratch.space()).identifier {
                need += packages
            } else {
                try Self.check(packages, in: blobs)
            }
        }
        try await parts.room.enter(context.scratch, of: context.batch.id, need: need) { board.waits(for: $0) }
    }

    /// Whether the blobs have to be copied to this machine.
    private func fetchesBlobs(of plan: BatchPlan) async throws -> Bool {
        guard let any = plan.audio(of: plan.renders.indices).first else { return false }
        do throws(BlobError) {
            return try await context.parts.blobs.localPath(of: any.audio.location) == nil
        } catch {
            // Fetching tells what is wrong with the audio, by its chapter and segment.
            guard error.kind == .notFound else { throw error.packagingError }
            return false
        }
    }

    private static func check(_ bytes: Int64, in blobs: FileSystemSpace) throws(PackagingError) {
        let need = ByteCount(bytes)
        guard bytes <= blobs.greatestRoomBytes else {
            throw PackagingError(
                .failedPrecondition,
                "cannot store the packages: they have \(need), and the disk of the blob store has "
                    + "\(ByteCount(blobs.greatestRoomBytes)) for them when it is empty",
                reason: "BLOB_STORE_TOO_SMALL",
                hint: "Give the blob store a larger disk."
            )
        }
        guard bytes <= blobs.roomBytes else {
            throw PackagingError(
                .resourceExhausted,
                "the blob store is full: the packages have \(need), and \(ByteCount(max(0, blobs.roomBytes))) are free",
                reason: "BLOB_STORE_FULL",
                hint: "Make room on the disk that holds the blobs.",
                retryAfter: .seconds(30)
            )
        }
    }
}
