/// The answer to a ``NewBatch``.
public struct CreatedBatch: Sendable, Hashable {
    /// A platform's job.
    public struct Job: Sendable, Hashable, Codable {
        /// Identifies it.
        public var id: JobID
        /// Whether it was there before, in this batch or another.
        public var existing: Bool
        /// The package that was there and that it ended with at once; nil if the package is to be made.
        public var package: Package?

        /// A job with these values.
        public init(id: JobID, existing: Bool, package: Package?) {
            self.id = id
            self.existing = existing
            self.package = package
        }
    }

    /// A package that nothing has changed of.
    public struct Package: Sendable, Hashable, Codable {
        /// Identifies it.
        public var id: PackageID
        /// Its version, counted from 1 for each project and platform.
        public var version: Int

        /// A package with these values.
        public init(id: PackageID, version: Int) {
            self.id = id
            self.version = version
        }
    }

    /// The batch; an earlier one when all platforms had jobs.
    public var batch: BatchID
    /// The job of each platform that was asked for.
    public var jobs: [Platform: Job]
    /// Whether no job was made, because all platforms had one.
    public var existing: Bool
    /// Whether this is the answer that an earlier request with the same id got.
    public var repeated: Bool
    /// Platforms for which there is no job, and why, in the order of platforms.
    public var refused: [RefusedPlatform]

    /// An answer with these values.
    public init(batch: BatchID, jobs: [Platform: Job], existing: Bool, repeated: Bool, refused: [RefusedPlatform]) {
        self.batch = batch
        self.jobs = jobs
        self.existing = existing
        self.repeated = repeated
        self.refused = refused
    }
}
