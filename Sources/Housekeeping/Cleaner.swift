package import Blobs
package import Logging
import Model
package import Store

/// Makes room: deletes packages that are past their time, and removes the bytes that no row refers to any more.
///
/// Every daemon runs it, and any number may at once: what one has taken on, the others pass over. Each step says in its
/// row what is done before or after the bytes are, so that a round which is cut off anywhere is made up for by the
/// next.
package struct Cleaner: Sendable {
    /// What a round did.
    package struct Round: Sendable, Hashable {
        /// Packages that were past their time.
        package var expired = 0
        /// Places of the blob store that were emptied.
        package var emptied = 0
        /// Imports that nobody went on with.
        package var imports = 0

        /// Whether there was nothing to do.
        package var isIdle: Bool { expired + emptied + imports == 0 }

        /// Whether there may be more of the same.
        var isFull: Bool { expired >= Cleaner.packagesAtOnce || emptied >= Cleaner.placesAtOnce }
    }

    private static let packagesAtOnce = 500
    private static let placesAtOnce = 100

    private let store: Store
    private let blobs: any BlobStore
    private let logger: Logger
    private let pause: @Sendable () async throws -> Void

    /// A cleaner of what `store` and `blobs` hold.
    ///
    /// - Parameter pause: Waits from one round to the next. About five seconds unless given; daemons that were started
    ///   together do not come round together for ever.
    package init(
        store: Store,
        blobs: any BlobStore,
        logger: Logger,
        pause: @escaping @Sendable () async throws -> Void = {
            try await Task.sleep(for: .seconds(5) * Double.random(in: 0.8...1.2))
        }
    ) {
        self.store = store
        self.blobs = blobs
        self.logger = logger
        self.pause = pause
    }

    /// Goes round until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            if await round().isFull { continue }
            do { try await pause() } catch { return }
        }
    }

    /// Goes round once: a bounded piece of each kind of work. What fails is logged, and left for the next round.
    @discardableResult
    package func round() async -> Round {
        var round = Round()
        await attempt("delete expired packages") { round.expired = try await expire() }
        await attempt("remove bytes that nothing refers to") { round.emptied = try await empty() }
        await attempt("remove what dead attempts left") { round.emptied += try await emptyOrphans() }
        await attempt("forget imports that were left") { round.imports = try await store.projects.sweepImports() }
        return round
    }

    private func attempt(_ what: String, _ body: () async throws -> Void) async {
        guard !Task.isCancelled else { return }
        do {
            try await body()
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("could not clean up", metadata: ["step": "\(what)", "error": "\(error)"])
        }
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
            // One place that cannot be emptied does not keep the others full.
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

    /// Removes what dead attempts at jobs may have left: their rows name the only place where it can be.
    private func emptyOrphans() async throws -> Int {
        let orphans = try await store.packages.orphans(limit: Self.placesAtOnce)
        for orphan in orphans {
            try await remove(orphan.location)
            try await store.packages.recordSweep(of: orphan)
        }
        return orphans.count
    }

    private func remove(_ location: BlobLocation) async throws(PackagingError) {
        do {
            try await blobs.delete(location)
        } catch {
            throw error.packagingError
        }
    }
}
