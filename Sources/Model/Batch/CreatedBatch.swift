/// The answer to a ``NewBatch``.
package struct CreatedBatch: Sendable, Hashable {
    /// A platform's job.
    package struct Job: Sendable, Hashable, Codable {
        /// Identifies it.
        package var id: JobID
        /// Whether the job existed before the request, in this batch or another.
        package var existing: Bool
        /// The existing package with which the job was completed at once; nil if the package is to be made.
        package var package: Package?

        /// A job with these values.
        package init(id: JobID, existing: Bool, package: Package?) {
            self.id = id
            self.existing = existing
            self.package = package
        }
    }

    /// A package that is still up to date, because nothing it was made from has changed.
    package struct Package: Sendable, Hashable, Codable {
        /// Identifies it.
        package var id: PackageID
        /// Its version, counted from 1 for each project and platform.
        package var version: Int

        /// A package with these values.
        package init(id: PackageID, version: Int) {
            self.id = id
            self.version = version
        }
    }

    /// The batch; an earlier one if every platform already had a job that is not done.
    package var batch: BatchID
    /// The job of each platform that was asked for.
    package var jobs: [Platform: Job]
    /// Whether no job was made, because every platform already had one that is not done.
    package var existing: Bool
    /// Whether this answer was first given to an earlier request with the same id.
    package var repeated: Bool
    /// The platforms that have no job, with the reasons, in the order of platforms.
    package var refused: [RefusedPlatform]

    /// An answer with these values.
    package init(batch: BatchID, jobs: [Platform: Job], existing: Bool, repeated: Bool, refused: [RefusedPlatform]) {
        self.batch = batch
        self.jobs = jobs
        self.existing = existing
        self.repeated = repeated
        self.refused = refused
    }
}
