package import Blobs
package import Model
package import Platforms
package import Validation
package import Workers

/// Decodes packages and judges them.
package struct PackageInspector: Sendable {
    private let blobs: any BlobStore
    private let workers: WorkerPool

    /// Reads packages from `blobs`, and decodes them with `workers`.
    package init(blobs: any BlobStore, workers: WorkerPool) {
        self.blobs = blobs
        self.workers = workers
    }

    /// Judges a package in the blob store. Reads the blob's own file if the store keeps blobs on this machine, else a
    /// copy.
    ///
    /// - Parameters:
    ///   - name: A name for the copy, which no other file of `folder` has.
    ///   - expectation: What the package must be; nil for a foreign one.
    ///   - progress: Called with the samples at 44,100 Hz that are decoded so far.
    /// - Throws: ``BlobError`` if the blob cannot be read; ``PackagingError`` if no worker could decode it. The latter
    ///   says nothing about the package.
    package func report(
        on location: BlobLocation,
        as format: PackageFormat,
        by pack: RulePack,
        _ expectation: PackageExpectation?,
        in folder: ScratchFolder,
        called name: String = "package",
        tenant: TenantID,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> ValidationReport {
        let path: String
        let facts: FileFacts
        if let local = try await blobs.localPath(of: location) {
            (path, facts) = (local, try await folder.facts(of: local))
        } else {
            let copy = try await folder.fetch(location, from: blobs, as: name)
            (path, facts) = (copy.path, copy.facts)
        }
        let package = try await measure(path, facts, as: format, tenant: tenant, progress)
        return PackageValidator(pack: pack, expectation: expectation).report(on: package)
    }

    /// Judges a file in scratch by the rules of a platform alone. The file may hold anything.
    ///
    /// - Throws: ``PackagingError`` if no worker could decode it. Such an error says nothing about the file.
    package func report(
        on file: ScratchFile,
        by pack: RulePack,
        tenant: TenantID
    ) async throws -> ValidationReport {
        let package = try await measure(file.path, file.facts, as: pack.packageFormat.value, tenant: tenant)
        return PackageValidator(pack: pack).report(on: package)
    }

    /// Measures a package. It is at fault if two workers, each of which had nothing else, died of it or timed out.
    private func measure(
        _ path: String,
        _ facts: FileFacts,
        as format: PackageFormat,
        tenant: TenantID,
        _ progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(PackagingError) -> MeasuredPackage {
        do throws(WorkerError) {
            return try await measureOnce(path, facts, as: format, tenant: tenant, progress)
        } catch {
            guard error.blamesFile else { throw PackagingError(error) }
        }
        do throws(WorkerError) {
            return try await measureOnce(path, facts, as: format, tenant: tenant, progress)
        } catch {
            guard error.blamesFile else { throw PackagingError(error) }
            return MeasuredPackage(refusal: "it could not be decoded: \(error)", bytes: facts.bytes)
        }
    }

    private func measureOnce(
        _ path: String,
        _ facts: FileFacts,
        as format: PackageFormat,
        tenant: TenantID,
        _ progress: @escaping @Sendable (Int) -> Void
    ) async throws(WorkerError) -> MeasuredPackage {
        var package = try await workers.measure(
            package: .reading(path),
            as: format,
            bytes: facts.bytes,
            tenant: tenant,
            progress: progress
        )
        package.digest = facts.digest
        return package
    }
}
