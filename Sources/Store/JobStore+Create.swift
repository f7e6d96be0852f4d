package import Model
internal import Postgres

extension JobStore {
    /// Starts one job for each platform that has no unfinished job. When this returns, the jobs and their first events
    /// are stored; ``notify()`` and ``EventStore/notify(_:)`` tell others.
    ///
    /// If a package with the job's recipe (``NewBatch/recipes``) exists already, the job is completed with it at once,
    /// unless the package is to be validated and was not. A temporary package is then kept for 24 hours from now.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if there is no such project, `alreadyExists` (reason
    ///   `REQUEST_ID_USED`) if the request id was used for another request, `resourceExhausted` (reason
    ///   `JOBS_PER_HOUR`, with the time to wait) if the tenant would have started more jobs within an hour than its
    ///   plan allows.
    package func create(_ batch: NewBatch, tenant: TenantID) async throws(PackagingError) -> CreatedBatch {
        let options = try StoreJSON.encode(batch.options)
        let recipes = try StoreJSON.encode(recipes: batch.recipes)
        let refused = try StoreJSON.encode(batch.refused)
        let (outcome, result, freeAt, now) = try await wrapped {
            let rows = try await client.query(
                """
                SELECT outcome, result, retry_at, packaging.now() AS now
                FROM packaging.create_batch(
                    \(tenant), \(batch.project), \(batch.platforms.map(\.rawValue)), \(options),
                    \(batch.request?.id ?? ""), \(batch.request?.digest as Digest?),
                    \(refused), \(batch.user as UserID?), \(recipes)
                )
                """,
                as: tenant
            )
            return (
                try rows.first?.decode(String.self, "outcome") ?? "",
                try rows.first?.decode(PostgresJSON?.self, "result"),
                try rows.first?.decode(Instant?.self, "retry_at"), try rows.first?.decode(Instant.self, "now")
            )
        }
        switch outcome {
        case "created", "existing", "repeated":
            guard let result else { throw .unexpected(outcome, from: "create_batch") }
            return try StoreJSON.decode(ResultDocument.self, result)
                .created(repeated: outcome == "repeated", asked: batch)
        case "no_project":
            throw .nothing(.project, batch.project.description)
        case "conflict":
            throw PackagingError(
                .alreadyExists,
                "request id \"\(batch.request?.id ?? "")\" was used for another request",
                reason: "REQUEST_ID_USED",
                hint: "Give every request an id of its own."
            )
        case "limited":
            guard let result else { throw .unexpected(outcome, from: "create_batch") }
            let use = try StoreJSON.decode(JobsOfTheHour.self, result)
            throw use.error(freeAt: freeAt, now: now)
        default:
            throw .unexpected(outcome, from: "create_batch")
        }
    }
}

extension JobStore {
    /// Whether a request with this id was answered already, or jobs of the project have not ended: ``create(_:tenant:)``
    /// may then start nothing new.
    package func isAnswered(
        request: String,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> Bool {
        try await wrapped {
            try await client.query(
                """
                SELECT EXISTS (
                    SELECT FROM packaging.requests
                    WHERE tenant_id = \(tenant) AND kind = 'create_batch' AND request_id = \(request)
                ) OR EXISTS (
                    SELECT FROM packaging.packaging_jobs
                    WHERE tenant_id = \(tenant) AND project_id = \(project) AND completed_at IS NULL
                ) AS answered
                """,
                as: tenant
            ).first?.decode(Bool.self, "answered") ?? false
        }
    }
}

/// The answer, as `create_batch` stores it.
private struct ResultDocument: Decodable {
    private enum CodingKeys: String, CodingKey {
        case batch, existing, note, jobs
    }

    let batch: BatchID
    let existing: Bool
    let jobs: [String: CreatedBatch.Job]
    /// Nil if another release wrote them, which knows other platforms.
    let refused: [RefusedPlatform]?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        batch = try container.decode(BatchID.self, forKey: .batch)
        existing = try container.decode(Bool.self, forKey: .existing)
        jobs = try container.decode([String: CreatedBatch.Job].self, forKey: .jobs)
        refused = try? container.decode([RefusedPlatform].self, forKey: .note)
    }

    /// - Parameters:
    ///   - repeated: Whether an earlier request with the same id got this answer.
    ///   - asked: The present request.
    func created(repeated: Bool, asked: NewBatch) -> CreatedBatch {
        var known: [Platform: CreatedBatch.Job] = [:]
        for (name, job) in jobs {
            if let platform = Platform(rawValue: name) { known[platform] = job }
        }
        return CreatedBatch(
            batch: batch,
            jobs: known,
            existing: existing,
            repeated: repeated,
            refused: refused ?? asked.refused
        )
    }
}
