import Blobs
package import Model
import Store

extension PackageService {
    /// The number of bytes that are read and passed on at once.
    private static let piece = 256 << 10
    /// After this number of bytes, it is checked again that the package still exists.
    private static let stretch: Int64 = 4 << 20

    /// Passes the bytes of a package from `offset` to `receive`, in pieces of at most 256 KiB.
    ///
    /// If this returns without an error, the package existed until the last byte was passed on. If the package is
    /// archived meanwhile, reading goes on from its new location.
    ///
    /// - Parameter begin: Called once before the first piece.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such package, or it expires or is deleted
    ///   meanwhile; `outOfRange` if the offset is beyond its end; `dataLoss` if the blob store has fewer bytes than the
    ///   package.
    package func download(
        _ reference: String,
        from offset: Int64,
        tenant: TenantID,
        begin: (StoredPackage) async throws -> Void,
        receive: (_ offset: Int64, _ bytes: [UInt8]) async throws -> Void
    ) async throws {
        var package = try await package(reference, tenant: tenant)
        guard (0...package.bytes).contains(offset) else {
            throw PackagingError(
                .outOfRange,
                "cannot begin at byte \(offset): the package has \(package.bytes) bytes"
            )
        }
        try await begin(package)
        var position = offset
        var lookAgain = offset + Self.stretch
        while position < package.bytes {
            try Task.checkCancellation()
            if position >= lookAgain {
                package = try await again(package, tenant)
                lookAgain = position + Self.stretch
            }
            let bytes = try await read(&package, from: position, tenant)
            try await receive(position, bytes)
            position += Int64(bytes.count)
        }
        _ = try await again(package, tenant)
    }

    private func read(
        _ package: inout StoredPackage,
        from position: Int64,
        _ tenant: TenantID
    ) async throws(PackagingError) -> [UInt8] {
        let wanted = Int(min(Int64(Self.piece), package.bytes - position))
        while true {
            do throws(BlobError) {
                let bytes = try await blobs.read(package.location, from: position, upTo: wanted)
                if !bytes.isEmpty { return bytes }
                throw BlobError(.notFound, "blob \"\(package.location.path)\" ends at byte \(position)")
            } catch {
                guard error.kind == .notFound else { throw error.packagingError }
                let current = try await again(package, tenant)
                guard current.location != package.location else {
                    throw PackagingError(
                        .dataLoss,
                        "package \"\(package.id)\" ends at byte \(position) in the blob store",
                        cause: error
                    )
                }
                package = current
            }
        }
    }

    /// The package as it is now.
    private func again(_ package: StoredPackage, _ tenant: TenantID) async throws(PackagingError) -> StoredPackage {
        guard let current = try await packages.package(package.id, tenant: tenant) else {
            throw .packageGone(package.id)
        }
        return current
    }
}
