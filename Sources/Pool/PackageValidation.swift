import Blobs
import Files
import Logging
import Model
import Planning
import Platforms
import Store
import Validation
import Workers

/// Decodes packages as they are made and judges them, for batches that ask for it.
struct PackageValidation: Sendable {
    let jobs: JobStore
    let packages: PackageStore
    let blobs: any BlobStore
    let workers: WorkerPool
    let scratch: ScratchFolder
    let logger: Logger

    /// The report on the package of `claim`; nil if the batch asks for none.
    ///
    /// A package that is not valid is a package: its report says what is wrong. Nor does a worker that could not be had
    /// cost the job its package: it stays unvalidated, and Validate can be called later.
    ///
    /// - Parameter begins: Called when there is something to validate.
    func report(
        on content: NewPackage.Content,
        of claim: Claim,
        _ plan: BatchPlan,
        begins: () async throws -> Void
    ) async throws -> ValidationReport? {
        guard try await jobs.options(of: claim.batch, tenant: claim.tenant)?.validateAfterCreation == true,
            let package = plan.package(for: claim.platform)
        else { return nil }
        try await begins()
        do {
            guard let location = try await location(of: content, claim) else { return nil }
            let path = try await path(of: location, claim)
            let size = try await scratch.perform { () throws(FileError) in try OpenFile(path, .reading).size }
            let measured = try await workers.measure(
                package: .reading(path),
                as: package.format,
                bytes: size,
                tenant: claim.tenant
            )
            let validator = PackageValidator(
                pack: RulePack.pack(for: claim.platform),
                expectation: plan.expectation(for: claim.platform)
            )
            return validator.report(on: measured)
        } catch {
            try Task.checkCancellation()
            logger.warning("could not validate the package", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Where the bytes lie; nil if the package that has them is gone.
    private func location(of content: NewPackage.Content, _ claim: Claim) async throws -> BlobLocation? {
        switch content {
        case .stored: claim.location
        case .shared(let other): try await packages.package(other, tenant: claim.tenant)?.location
        }
    }

    /// The package's bytes as they came to lie in the blob store: on this machine, or fetched back.
    private func path(of location: BlobLocation, _ claim: Claim) async throws -> String {
        if let path = try await blobs.localPath(of: location) { return path }
        let path = scratch.file("validate-\(claim.job)")
        let file = try await scratch.perform { () throws(FileError) in try OpenFile(path, .creating) }
        var offset: Int64 = 0
        while true {
            let bytes = try await blobs.read(location, from: offset, upTo: PackageUpload.chunk)
            if bytes.isEmpty { return path }
            try await scratch.perform { () throws(FileError) in try file.write(bytes) }
            offset += Int64(bytes.count)
        }
    }
}
