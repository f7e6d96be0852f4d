import Assets
import Logging
import Model
import Planning
import Platforms
import Store
import Validation

/// Decodes and judges packages before their jobs end, for batches that ask for it.
struct PackageValidation: Sendable {
    let packages: PackageStore
    let inspector: PackageInspector
    let scratch: ScratchFolder
    let logger: Logger

    /// Validates the package of `claim` and returns the report; nil if there can be none.
    ///
    /// An invalid package does not make the job fail: its report says what is wrong. If the package cannot be
    /// validated, for instance because no worker is available, the job does not fail either: the package stays
    /// unvalidated, and Validate can be called later.
    ///
    /// - Parameter begins: Called when there is a package to validate.
    func report(
        on content: NewPackage.Content,
        of claim: Claim,
        _ plan: BatchPlan,
        begins: () async throws -> Void
    ) async throws -> ValidationReport? {
        guard let package = plan.package(for: claim.platform) else { return nil }
        try await begins()
        do {
            guard let location = try await location(of: content, claim) else { return nil }
            return try await inspector.report(
                on: location,
                as: package.format,
                by: RulePack.pack(for: claim.platform),
                plan.expectation(for: claim.platform),
                in: scratch,
                called: "validate-\(claim.job)",
                tenant: claim.tenant
            )
        } catch {
            try Task.checkCancellation()
            logger.warning("could not validate the package", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Where the package's bytes are stored; nil if the package that they are shared with is gone.
    private func location(of content: NewPackage.Content, _ claim: Claim) async throws -> BlobLocation? {
        switch content {
        case .stored: claim.location
        case .shared(let other): try await packages.package(other, tenant: claim.tenant)?.location
        }
    }
}
