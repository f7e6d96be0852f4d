package import Blobs
package import Logging
import Model
package import Store

/// Makes room: deletes expired packages, and removes the bytes that no row refers to any more.
///
/// Every daemon runs a cleaner, and any number may run at once: a cleaner skips packages and bytes that another one has
/// taken on, and two that empty the location of the same attempt do no harm. Each step is recorded in a row before or
/// after the bytes are removed, so that the next round completes a round that was interrupted at any point.
package struct Cleaner: Sendable {
    /// What a round did.
    package struct Round: Sendable, Hashable {
        /// Packages that were deleted because they had expired.
        package var expired = 0
        /// Locations in the blob store that were emptied.
        package var emptied = 0
        /// Abandoned imports that were deleted.
        package var imports = 0
        /// Uploads and other bytes of dead daemons that were removed from the blob store.
        package var leftovers = 0

        /// Whether there was nothing to do.
        package var isIdle: Bool { expired + emptied + imports + leftovers == 0 }

        /// Whether there may be more work of the same kind.
        var isFull: Bool { expired >= Cleaner.packagesAtOnce || emptied >= Cleaner.placesAtOnce }
    }

    private static let packagesAtOnce = 500
    private static let placesAtOnce = 100
    /// Leftovers of dead daemons are looked for in the first round and then in one of so many, about once a minute: that
    /// may be a slow listing of a remote store.
    private static let leftoverRounds = 12
    /// No probe takes that long.
    private static let probePatience = Duration.seconds(600)

    private let store: Store
    private let blobs: any BlobStore
    private let probes: String
    private let logger: Logger
    private let pause: @Sendable () async throws -> Void

    /// A cleaner for the rows in `store` and the bytes in `blobs`.
    ///
    /// - Parameter probes: The container of blobs that are deleted as soon as they were written. Those that stay were left
    ///   by a daemon that died.
    /// - Parameter pause: Waits from one round to the next. The default is about five seconds with a random part, so
    ///   that daemons that were started together do not run their rounds at the same moment for ever.
    package init(
        store: Store,
        blobs: any BlobStore,
        probes: String,
        logger: Logger,
        pause: @escaping @Sendable () async throws -> Void = {
            try await Task.sleep(for: .seconds(5) * Double.random(in: 0.8...1.2))
        }
    ) {
        self.store = store
        self.blobs = blobs
        self.probes = probes
        self.logger = logger
        self.pause = pause
    }

    /// Runs rounds until the task is cancelled.
    package func run() async {
        var rounds = 0
        while !Task.isCancelled {
            let isDue = rounds % Self.leftoverRounds == 0
            rounds += 1
            if await round(withLeftovers: isDue).isFull { continue }
            do { try await pause() } catch { return }
        }
    }

    /// Runs one round: a bounded amount of each kind of work. Failures are logged, and the next round does that work
    /// again.
    ///
    /// - Parameter withLeftovers: Whether it also looks for what dead daemons left in the blob store.
    @discardableResult
    package func round(withLeftovers: Bool = true) async -> Round {
        var round = Round()
        await logger.attempt("delete expired packages") { round.expired = try await expire() }
        await logger.attempt("remove bytes that nothing refers to") { round.emptied = try await empty() }
        await logger.attempt("remove what dead attempts left") { round.emptied += try await emptyOrphans() }
        await logger.attempt("forget imports that were left") {
            round.imports = try await store.projects.sweepImports()
        }
        guard withLeftovers else { return round }
        await logger.attempt("remove uploads of dead daemons") { round.leftovers = try await removeUploads() }
        await logger.attempt("remove probes of dead daemons") { round.leftovers += try await removeProbes() }
        return round
    }

    private func expire() async throws -> Int {
        var count = 0
        for expired in try await store.packages.expired(limit: Self.packagesAtOnce) {
            let deleted = try await store.packages.expire(expired)
            if deleted > 0 {
                logger.info(
                    "deleted expired packages",
                    metadata: ["tenant": "\(expired.tenant)", "packages": "\(deleted)"]
                )
            }
            count += deleted
        }
        return count
    }

    private func empty() async throws -> Int {
        var count = 0
        var failure: (any Error)?
        for removal in try await store.packages.claimRemovals(limit: Self.placesAtOnce) {
            // A location that cannot be emptied does not stop the emptying of the others.
            do {
                try await remove(removal.location)
                try await store.packages.finish(removal)
                count += 1
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return count
    }

    /// Removes bytes that dead attempts at jobs may have left. The row of an attempt names the only location where they
    /// can be.
    private func emptyOrphans() async throws -> Int {
        let orphans = try await store.packages.orphans(limit: Self.placesAtOnce)
        for orphan in orphans {
            try await remove(orphan.location)
            try await store.packages.recordSweep(of: orphan)
        }
        return orphans.count
    }

    private func removeUploads() async throws(PackagingError) -> Int {
        do {
            let count = try await blobs.removeAbandonedUploads()
            if count > 0 { logger.notice("removed uploads of dead daemons", metadata: ["uploads": "\(count)"]) }
            return count
        } catch {
            throw error.packagingError
        }
    }

    private func removeProbes() async throws(PackagingError) -> Int {
        do {
            return try await blobs.removeBlobs(in: probes, olderThan: Self.probePatience)
        } catch {
            throw error.packagingError
        }
    }

    private func remove(_ location: BlobLocation) async throws(PackagingError) {
        do {
            try await blobs.delete(location)
        } catch {
            throw error.packagingError
        }
    }
}
