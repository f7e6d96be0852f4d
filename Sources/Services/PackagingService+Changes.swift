package import Model
import Planning
import Store

extension PackagingService {
    /// What ``create(_:tenant:)`` would do now for each platform, chapter by chapter, and why, compared with the platform's
    /// current package. Nothing is done.
    ///
    /// What a job finds only when it runs is not foreseen: a package whose bytes are damaged, or that expires before.
    ///
    /// - Parameter platforms: The platforms; the enabled ones when empty.
    /// - Returns: A plan for each platform, in the order of platforms.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project.
    package func changes(
        of project: String,
        platforms: [Platform],
        tenant: TenantID
    ) async throws(PackagingError) -> [(package: PackagePlan, changes: PlannedChanges)] {
        let book = try await snapshot(of: project, tenant: tenant)
        let platforms = wanted(platforms, of: book)
        let plan = try BatchPlan(of: book, for: platforms, encoderBuild: encoderBuild)
        let encodings = plan.encodings(for: Set(platforms)).compactMap { plan[$0].digest }
        let there = PackagedAlready(
            packages: try await packages.packages(recipes: plan.recipes.values, project: book.id, tenant: tenant),
            encodings: Set(try await packages.chapters(encodings, project: book.id, tenant: tenant).keys)
        )
        let current = try await currentPackages(of: book.id, tenant: tenant)
        let readiness = try Readiness(checking: book)
        let live = try await jobs.liveJobs(project: book.id, tenant: tenant)
        return plan.packages.map { package in
            var changes = plan.changes(for: package, there: there, current: current[package.platform])
            // Where it would refuse the platform, or answer with a job that it started before.
            let reasons = readiness.platforms.first { $0.platform == package.platform }?.reasons ?? []
            let job = live[package.platform].map { ["job \($0) is not done, and would be the answer"] } ?? []
            changes.reasons = reasons.map { "not ready: \($0)" } + job + changes.reasons
            return (package, changes)
        }
    }

    /// The current packages with the plans by which they were made.
    private func currentPackages(
        of project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> [Platform: EarlierPackage] {
        let current = try await packages.packages(
            project: project,
            currentOnly: true,
            limit: Platform.allCases.count,
            tenant: tenant
        ).elements
        let documents = try await jobs.finalPlans(of: current.map(\.job), tenant: tenant)
        var packages: [Platform: EarlierPackage] = [:]
        for package in current {
            // Another release may have written a plan that this one cannot read.
            let plan = documents[package.job].flatMap { try? BatchPlan(json: $0) }
            packages[package.platform] = EarlierPackage(id: package.id, plan: plan)
        }
        return packages
    }
}
