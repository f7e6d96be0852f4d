public import Blobs
import Files
import Foundation
public import Model
import Planning
import Platforms
public import Store
import Validation
public import Workers

import struct Crypto.SHA256

/// Decodes packages and judges them by their stores' rules.
public struct ValidationService: Sendable {
    /// Bytes that are read at once.
    private static let chunk = 256 << 10

    private let packages: PackageStore
    private let jobs: JobStore
    private let blobs: any BlobStore
    let scratch: ScratchSpace
    private let workers: WorkerPool
    /// Room for what ``inspect(_:bytes:platform:tenant:)`` receives, and how long its callers may send nothing.
    let inspections = SharedInspectionRoom()
    let patience = Duration.seconds(60)

    /// A service over these stores and workers.
    public init(
        packages: PackageStore,
        jobs: JobStore,
        blobs: any BlobStore,
        scratch: ScratchSpace,
        workers: WorkerPool
    ) {
        self.packages = packages
        self.jobs = jobs
        self.blobs = blobs
        self.scratch = scratch
        self.workers = workers
    }

    /// Decodes a package, judges it by its store's rules and by its plan, and keeps the report with it.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such package.
    public func validate(_ reference: String, tenant: TenantID) async throws -> ValidationReport {
        guard let id = PackageID(reference), let package = try await packages.package(id, tenant: tenant) else {
            throw PackagingError.noPackage(reference)
        }
        var expectation = try await plan(of: package, tenant: tenant)?.expectation(for: package.platform)
        expectation?.digest = package.sha256
        let measured = try await scratch.withFolder(of: tenant, for: "validate") { folder in
            let path = try await path(of: package, in: folder, tenant: tenant)
            return try await measure(path, as: package.format, bytes: package.bytes, in: folder, tenant: tenant)
        }
        let validator = PackageValidator(pack: RulePack.pack(for: package.platform), expectation: expectation)
        let report = validator.report(on: measured)
        guard try await packages.record(validation: report, of: id, tenant: tenant) else {
            throw PackagingError.packageGone(id)
        }
        return report
    }

    /// What the file at `path` is, whatever it is.
    func measure(
        _ path: String,
        as format: PackageFormat,
        bytes: Int64,
        in folder: ScratchFolder,
        tenant: TenantID
    ) async throws -> MeasuredPackage {
        var package: MeasuredPackage
        do throws(WorkerError) {
            package = try await workers.measure(package: .reading(path), as: format, bytes: bytes, tenant: tenant)
        } catch {
            // What ends a worker cannot be read, whatever it is; what no worker could begin says nothing of the file.
            guard error.kind == .died || error.kind == .timedOut else { throw PackagingError(error) }
            return MeasuredPackage(refusal: "it could not be decoded: \(error)", bytes: bytes)
        }
        package.digest = try await folder.perform { () throws(FileError) in try Self.digest(of: path) }
        return package
    }

    /// The file of a package: the blob itself where the store keeps blobs on this machine, else a copy.
    private func path(of package: StoredPackage, in folder: ScratchFolder, tenant: TenantID) async throws -> String {
        do {
            if let path = try await blobs.localPath(of: package.location) { return path }
            return try await ReceivedFile.copy(of: package.location, in: blobs, into: folder).path
        } catch let error as BlobError where error.kind == .notFound {
            guard let current = try await packages.package(package.id, tenant: tenant) else {
                throw PackagingError.packageGone(package.id)
            }
            // It was archived meanwhile, and lies elsewhere.
            guard current.location != package.location else { throw error.packagingError }
            return try await path(of: current, in: folder, tenant: tenant)
        } catch let error as BlobError {
            throw error.packagingError
        }
    }

    /// The plan by which the package was made; nil if this version cannot read it.
    private func plan(of package: StoredPackage, tenant: TenantID) async throws(PackagingError) -> BatchPlan? {
        guard let job = try await jobs.job(package.job, tenant: tenant),
            let text = try await jobs.batch(job.batch, tenant: tenant)?.finalPlan
        else { return nil }
        return try? JSONDecoder().decode(BatchPlan.self, from: Data(text.utf8))
    }

    private static func digest(of path: String) throws(FileError) -> Model.Digest? {
        let file = try OpenFile(path, .reading)
        var hash = SHA256()
        var offset: Int64 = 0
        while true {
            let bytes = try file.read(from: offset, upTo: chunk)
            if bytes.isEmpty { return Model.Digest(bytes: hash.finalize()) }
            hash.update(data: bytes)
            offset += Int64(bytes.count)
        }
    }
}
