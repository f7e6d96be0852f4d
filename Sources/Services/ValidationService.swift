package import Assets
package import Blobs
package import Model
import Planning
import Platforms
package import Store
import Validation
package import Workers

/// Decodes packages and judges them by the rules of their platforms.
package struct ValidationService: Sendable {
    private let packages: PackageStore
    private let jobs: JobStore
    let scratch: ScratchSpace
    let inspector: PackageInspector
    /// The room for files that ``inspect(_:bytes:platform:tenant:)`` receives, and how long a caller may send nothing.
    let inspections = SharedInspectionRoom()
    let patience = Duration.seconds(60)

    /// A service over these stores and workers.
    package init(
        packages: PackageStore,
        jobs: JobStore,
        blobs: any BlobStore,
        scratch: ScratchSpace,
        workers: WorkerPool
    ) {
        self.packages = packages
        self.jobs = jobs
        self.scratch = scratch
        inspector = PackageInspector(blobs: blobs, workers: workers)
    }

    /// Decodes a package, judges it by its platform's rules and by its plan, and stores the report with the package.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such package.
    package func validate(_ reference: String, tenant: TenantID) async throws -> ValidationReport {
        guard let id = PackageID(reference), let package = try await packages.package(id, tenant: tenant) else {
            throw PackagingError.noPackage(reference)
        }
        var expectation = try await plan(of: package, tenant: tenant)?.expectation(for: package.platform)
        expectation?.digest = package.sha256
        let report = try await scratch.withFolder(of: tenant, for: "validate") { folder in
            try await self.report(on: package, expectation, in: folder, tenant: tenant)
        }
        guard try await packages.record(validation: report, of: id, tenant: tenant) else {
            throw PackagingError.packageGone(id)
        }
        return report
    }

    private func report(
        on package: StoredPackage,
        _ expectation: PackageExpectation?,
        in folder: ScratchFolder,
        tenant: TenantID
    ) async throws -> ValidationReport {
        do {
            return try await inspector.report(
                on: package.location,
                as: package.format,
                by: RulePack.pack(for: package.platform),
                expectation,
                in: folder,
                tenant: tenant
            )
        } catch let error as BlobError where error.kind == .notFound {
            guard let current = try await packages.package(package.id, tenant: tenant) else {
                throw PackagingError.packageGone(package.id)
            }
            // If the location differs, the package was archived meanwhile and is read from its new location.
            guard current.location != package.location else { throw error.packagingError }
            return try await scratch.withFolder(of: tenant, for: "validate") { folder in
                try await report(on: current, expectation, in: folder, tenant: tenant)
            }
        } catch let error as BlobError {
            throw error.packagingError
        }
    }

    /// The plan by which the package was made; nil if this version cannot read it.
    private func plan(of package: StoredPackage, tenant: TenantID) async throws(PackagingError) -> BatchPlan? {
        guard let job = try await jobs.job(package.job, tenant: tenant),
            let text = try await jobs.batch(job.batch, tenant: tenant)?.finalPlan
        else { return nil }
        return try? BatchPlan(json: text)
    }
}
