public import Model
internal import Postgres

/// What CreateAll was asked to do besides.
public struct BatchOptions: Sendable, Hashable, Codable {
    /// Whether segments that have text and no audio are spoken.
    public var generateMissingAudio: Bool
    /// Whether each package is decoded and judged when it is made.
    public var validateAfterCreation: Bool

    /// Options with these values.
    public init(generateMissingAudio: Bool = false, validateAfterCreation: Bool = false) {
        self.generateMissingAudio = generateMissingAudio
        self.validateAfterCreation = validateAfterCreation
    }
}

/// A batch to be made.
public struct NewBatch: Sendable, Hashable {
    /// The caller's name for the request, and a hash of all it asks for.
    public struct Request: Sendable, Hashable {
        /// 1 to 128 characters.
        public var id: String
        /// The digest of the request without its id.
        public var digest: Digest

        /// The request `id`.
        public init(id: String, digest: Digest) {
            self.id = id
            self.digest = digest
        }
    }

    /// The project to package.
    public var project: ProjectID
    /// The stores; each gets a job unless it has one that is not done.
    public var platforms: [Platform]
    /// What to do besides.
    public var options: BatchOptions
    /// Makes asking twice the same as asking once; nil for a request without an id.
    public var request: Request?
    /// A JSON document of the caller that is kept with the answer and given back with it, such as refused platforms.
    public var note: String
    /// Who asks; nil for the local operator.
    public var user: UserID?
    /// The recipe digest of each platform's package, where it is known: one that is there already is not made again.
    public var recipes: [Platform: Digest]

    /// A batch with these values.
    public init(
        project: ProjectID,
        platforms: [Platform],
        options: BatchOptions = BatchOptions(),
        request: Request? = nil,
        note: String = "null",
        user: UserID? = nil,
        recipes: [Platform: Digest] = [:]
    ) {
        self.project = project
        self.platforms = platforms
        self.options = options
        self.request = request
        self.note = note
        self.user = user
        self.recipes = recipes
    }
}

/// The answer to a ``NewBatch``.
public struct CreatedBatch: Sendable, Hashable {
    /// A platform's job.
    public struct Job: Sendable, Hashable {
        /// Identifies it.
        public var id: JobID
        /// Whether it was there before, in this batch or another.
        public var existing: Bool
        /// The package that was there and that it ended with at once; nil if the package is to be made.
        public var package: Package?
    }

    /// A package that nothing has changed of.
    public struct Package: Sendable, Hashable, Codable {
        /// Identifies it.
        public var id: PackageID
        /// Its version.
        public var version: Int
    }

    /// The batch; an earlier one when all platforms had jobs.
    public var batch: BatchID
    /// The job of each platform that was asked for.
    public var jobs: [Platform: Job]
    /// Whether no job was made, because all platforms had one.
    public var existing: Bool
    /// Whether this is the answer that an earlier request with the same id got.
    public var repeated: Bool
    /// The note of the request that made it: a JSON document.
    public var note: String
}

extension JobStore {
    /// Starts one job for each platform that has none which is not done. The jobs are stored, with their first events,
    /// when this returns; ``notify()`` and ``EventStore/notify(_:)`` tell others.
    ///
    /// A job whose package is there already, by ``NewBatch/recipes``, is completed with it at once, unless the package is
    /// to be validated and was not. A temporary package is kept for 24 hours from now.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if there is no such project, `alreadyExists` (reason
    ///   `REQUEST_ID_USED`) if the request id was used for another request, `resourceExhausted` (reason
    ///   `JOBS_PER_HOUR`, with the time to wait) if the tenant has started its jobs of this hour.
    public func create(_ batch: NewBatch, tenant: TenantID) async throws(PackagingError) -> CreatedBatch {
        let options = try StoreJSON.encode(batch.options)
        let recipes = try StoreJSON.encode(recipes: batch.recipes)
        let (outcome, result, retryAfter) = try await wrapped {
            let rows = try await client.query(
                """
                SELECT outcome, result,
                    (EXTRACT(EPOCH FROM retry_at - packaging.now()) * 1000000)::bigint AS microseconds
                FROM packaging.create_batch(
                    \(tenant), \(batch.project), \(batch.platforms.map(\.rawValue)), \(options),
                    \(batch.request?.id ?? ""), \(batch.request?.digest as Digest?),
                    \(PostgresJSON(batch.note)), \(batch.user as UserID?), \(recipes)
                )
                """,
                as: tenant
            )
            return (
                try rows.first?.decode(String.self, "outcome") ?? "",
                try rows.first?.decode(PostgresJSON?.self, "result"),
                try rows.first?.decode(Int64?.self, "microseconds").map { Duration.microseconds($0) }
            )
        }
        switch outcome {
        case "created", "existing", "repeated":
            guard let result else { throw .unexpected(outcome, from: "create_batch") }
            return try CreatedBatch(try StoreJSON.decode(ResultDocument.self, result), repeated: outcome == "repeated")
        case "no_project":
            throw PackagingError(.notFound, "project \"\(batch.project)\" does not exist")
        case "conflict":
            throw PackagingError(
                .alreadyExists,
                "request id \"\(batch.request?.id ?? "")\" was used for another request",
                reason: "REQUEST_ID_USED",
                hint: "Give every request an id of its own."
            )
        case "limited":
            throw PackagingError(
                .resourceExhausted,
                "cannot start packaging: the tenant's jobs of this hour are used up",
                reason: "JOBS_PER_HOUR",
                retryAfter: retryAfter
            )
        default:
            throw .unexpected(outcome, from: "create_batch")
        }
    }
}

/// The answer as `create_batch` keeps it.
private struct ResultDocument: Decodable {
    struct Job: Decodable {
        let id: JobID
        let existing: Bool
        // Answers that were kept by earlier releases have none.
        let package: CreatedBatch.Package?
    }

    let batch: BatchID
    let existing: Bool
    let note: JSONFragment
    let jobs: [String: Job]
}

extension CreatedBatch {
    fileprivate init(_ document: ResultDocument, repeated: Bool) throws(PackagingError) {
        batch = document.batch
        jobs = [:]
        for (name, job) in document.jobs {
            guard let platform = Platform(rawValue: name) else { continue }
            jobs[platform] = Job(id: job.id, existing: job.existing, package: job.package)
        }
        existing = document.existing
        note = try StoreJSON.encode(document.note).text
        self.repeated = repeated
    }
}
