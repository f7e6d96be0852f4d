import Assets
import Logging
import Model
import Planning
import Platforms
import Store
import Validation
import Workers

/// Decodes and judges packages before their jobs end, for batches that ask for it.
struct PackageValidation: Sendable {
    let packages: PackageStore
    let inspector: PackageInspector
    let scratch: ScratchFolder
    let logger: Logger

    /// The pauses after which a validation that met a shortage is tried again: 31 seconds in all.
    private static let pauses: [Duration?] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16), nil]

    /// Validates the package of `claim` and returns the report; nil if there can be none.
    ///
    /// An invalid package does not make the job fail: its report says what is wrong. If the machine is short of
    /// something, this waits and tries again some times, because the package is already made. If the package cannot be
    /// validated in the end, the job does not fail either: the package stays unvalidated, and Validate can be called
    /// later.
    ///
    /// - Parameters:
    ///   - begins: Called when there is a package to validate.
    ///   - progress: Called with the samples at 44,100 Hz that are decoded so far.
    func report(
        on content: NewPackage.Content,
        of claim: Claim,
        _ plan: BatchPlan,
        begins: () async throws -> Void,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> ValidationReport? {
        guard let package = plan.package(for: claim.platform) else { return nil }
        try await begins()
        do {
            guard let location = try await location(of: content, claim) else { return nil }
            for (trial, pause) in Self.pauses.enumerated() {
                do {
                    return try await inspector.report(
                        on: location,
                        as: package.format,
                        by: RulePack.pack(for: claim.platform),
                        plan.expectation(for: claim.platform),
                        in: scratch,
                        called: "validate-\(claim.job)-\(trial)",
                        tenant: claim.tenant,
                        progress: progress
                    )
                } catch let error as PackagingError where error.reason == PackagingError.machineIsShort {
                    guard let pause else { throw error }
                    logger.warning("the validation waits", metadata: ["error": "\(error)"])
                    try await Task.sleep(for: pause)
                }
            }
            return nil
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
