package import Model
import Planning
import Platforms
package import Store

import struct Crypto.SHA256

/// Tells what can be made of a book, and starts making it.
package struct PackagingService: Sendable {
    /// The values of a CreateAll request.
    package struct CreationRequest: Sendable, Hashable {
        /// The project's id or slug.
        package var project: String
        /// The platforms; the enabled ones when empty.
        package var platforms: [Platform]
        /// The other options of the request.
        package var options: BatchOptions
        /// The caller's name for the request; empty for none.
        package var requestID: String

        /// A request with these values.
        package init(project: String, platforms: [Platform], options: BatchOptions, requestID: String) {
            self.project = project
            self.platforms = platforms
            self.options = options
            self.requestID = requestID
        }
    }

    private let projects: ProjectStore
    let jobs: JobStore
    let packages: PackageStore
    private let wakeUps: WakeUps
    let encoderBuild: String
    private let speechProviders: Set<String>

    /// A service over these stores.
    ///
    /// - Parameters:
    ///   - encoderBuild: Identifies the build of the workers' encoders; part of every plan.
    ///   - speechProviders: The names of the providers that can speak segments without audio.
    package init(
        projects: ProjectStore,
        jobs: JobStore,
        packages: PackageStore,
        wakeUps: WakeUps,
        encoderBuild: String,
        speechProviders: Set<String>
    ) {
        self.projects = projects
        self.jobs = jobs
        self.packages = packages
        self.wakeUps = wakeUps
        self.encoderBuild = encoderBuild
        self.speechProviders = speechProviders
    }

    /// The rules of the platforms, in the order in which platforms are always listed.
    ///
    /// - Parameter platform: Only the rules of this platform are returned; of all platforms when nil.
    package func rules(of platform: Platform?) -> [PlatformRules] {
        (platform.map { [$0] } ?? Platform.allCases).map { RulePack.pack(for: $0).summary }
    }

    /// Whether the book can be packaged, and what is missing.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project.
    package func readiness(of project: String, tenant: TenantID) async throws(PackagingError) -> Readiness {
        try Readiness(checking: try await snapshot(of: project, tenant: tenant))
    }

    /// What ``create(_:by:tenant:)`` would build now.
    ///
    /// - Parameter platforms: The platforms; the enabled ones when empty.
    /// - Returns: A plan for each platform, in the order of platforms.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project.
    package func plan(
        of project: String,
        platforms: [Platform],
        tenant: TenantID
    ) async throws(PackagingError) -> [PackagePlan] {
        let book = try await snapshot(of: project, tenant: tenant)
        return try BatchPlan(of: book, for: wanted(platforms, of: book), encoderBuild: encoderBuild).packages
    }

    /// Starts a job for each platform that is ready, as asked for by `user`. If nothing has changed since the last package of a platform, its
    /// job ends at once with that package.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` and reason `NOT_READY` if no platform is ready,
    ///   `resourceExhausted` if the tenant may start no more jobs within the hour, or has no room for any of the packages;
    ///   `alreadyExists` if the request id was used for another request.
    package func create(
        _ request: CreationRequest,
        by user: UserID? = nil,
        tenant: TenantID
    ) async throws(PackagingError) -> CreatedBatch {
        let longest = StoreLimits.requestIDLength.upperBound
        guard request.requestID.utf8.count <= longest else {
            throw .invalid("request_id", "has more than \(longest) bytes")
        }
        let book = try await snapshot(of: request.project, tenant: tenant)
        let platforms = wanted(request.platforms, of: book)
        let readiness = try Readiness(checking: book)
        let speech = request.options.generateMissingAudio ? SpeechPlan(of: book, providers: speechProviders) : nil
        let refused = platforms.compactMap { platform -> RefusedPlatform? in
            let reasons = reasonsAgainst(platform, readiness, speech)
            return reasons.isEmpty ? nil : RefusedPlatform(platform: platform, reasons: reasons)
        }
        let ready = platforms.filter { platform in !refused.contains { $0.platform == platform } }
        guard !ready.isEmpty else { throw notReady(book, refused) }
        let plan = try BatchPlan(of: book, for: ready, encoderBuild: encoderBuild)
        try await checkStorage(for: plan, of: book, request.requestID, tenant: tenant)
        let batch = NewBatch(
            project: book.id,
            platforms: ready,
            options: request.options,
            request: digest(of: request, project: book.id).map { NewBatch.Request(id: request.requestID, digest: $0) },
            refused: refused,
            user: user,
            recipes: plan.recipes
        )
        let created = try await jobs.create(batch, tenant: tenant)
        wakeUps.newJobs()
        wakeUps.events(of: [book.id])
        return created
    }

    func snapshot(of reference: String, tenant: TenantID) async throws(PackagingError) -> BookSnapshot {
        guard
            let id = try await projects.id(of: reference, tenant: tenant),
            let book = try await projects.snapshot(of: id, tenant: tenant)
        else { throw .noProject(reference) }
        return book
    }

    /// Refuses a request none of whose packages the tenant has room for, before hours of work are done for nothing. If
    /// some of them fit, it is decided when they are made: what fits depends on which are made first.
    private func checkStorage(
        for plan: BatchPlan,
        of book: BookSnapshot,
        _ requestID: String,
        tenant: TenantID
    ) async throws(PackagingError) {
        // A size that is not exact is estimated from above.
        guard let smallest = plan.packages.map({ $0.sizeIsExact ? $0.size : $0.size / 2 }).min() else { return }
        let usage = try await packages.usage(tenant: tenant)
        guard usage.usedBytes + smallest > usage.limitBytes else { return }
        // A package that is there already needs no room.
        let there = try await packages.packages(recipes: plan.recipes.values, project: book.id, tenant: tenant)
        guard there.isEmpty else { return }
        // Neither does a request that was answered already, or a job that runs.
        guard try await !jobs.isAnswered(request: requestID, project: book.id, tenant: tenant) else { return }
        throw PackagingError(
            .resourceExhausted,
            "could not start packaging project \"\(book.slug)\": \(usage.words), and the smallest of its packages "
                + "needs \(ByteCount(smallest))",
            reason: StorageUsage.reason,
            hint: "Delete packages with \"packctl delete PACKAGE\", or ask the operator to raise the quota with "
                + "\"packctl tenant set\".",
            metadata: ["limit": "\(usage.limitBytes)", "used": "\(usage.usedBytes)", "needed": "\(smallest)"]
        )
    }

    func wanted(_ platforms: [Platform], of book: BookSnapshot) -> [Platform] {
        Set(platforms.isEmpty ? book.settings.platforms ?? Platform.allCases : platforms).sorted()
    }

    /// The reasons why no package is made for a platform.
    ///
    /// - Parameter speech: The plan of what will be spoken; nil if nothing will be spoken.
    private func reasonsAgainst(_ platform: Platform, _ readiness: Readiness, _ speech: SpeechPlan?) -> [String] {
        guard var found = readiness.platforms.first(where: { $0.platform == platform }) else { return [] }
        guard let speech, !speech.lines.isEmpty || !speech.obstacles.isEmpty else { return found.reasons }
        // Missing audio is not a reason if it will be spoken.
        found.requirements.removeAll { $0.id == .audio }
        return found.reasons + speech.obstacles.map { "audio: \($0)" }
    }

    private func notReady(_ book: BookSnapshot, _ refused: [RefusedPlatform]) -> PackagingError {
        let reasons = SharedReasons.grouped(refused.map { ($0.platform.rawValue, $0.reasons) })
        return PackagingError(
            .failedPrecondition,
            "could not start packaging project \"\(book.slug)\": "
                + (refused.count == 1 ? "the platform is not ready" : "no platform is ready"),
            reason: "NOT_READY",
            detail: reasons.map { $0.line + "." }.joined(separator: " "),
            hint: "Look at what is missing with \"packctl readiness \(book.slug)\"."
        )
    }

    /// A digest that is equal for requests that ask for the same; nil for a request without an id.
    private func digest(of request: CreationRequest, project: ProjectID) -> Digest? {
        if request.requestID.isEmpty { return nil }
        var words = [project.description] + Set(request.platforms).sorted().map(\.rawValue)
        if request.options.generateMissingAudio { words.append("generate") }
        if request.options.validateAfterCreation { words.append("validate") }
        return Digest(bytes: SHA256.hash(data: Array(words.joined(separator: " ").utf8)))
    }
}
