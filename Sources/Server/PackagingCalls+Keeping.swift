import Model
import PackagingMessages
import Protobuf
import Services
import TTRPC

extension PackagingCalls {
    func archive(_ request: ArchiveRequest, context: CallContext) async throws -> ArchiveReply {
        let caller = try await identity.caller(of: context, on: .package(request.packageID))
        let archived = try await packages.archive(
            request.packageID,
            days: request.retentionDays,
            tenant: caller.tenant
        )
        return ArchiveReply(
            packageID: archived.id.description,
            storageTier: .archive,
            expiresAt: ProtoTimestamp(archived.expiresAt),
            message: archived.message
        )
    }

    func deletePackage(_ request: DeletePackageRequest, context: CallContext) async throws -> DeletePackageReply {
        let caller = try await identity.caller(of: context, on: .package(request.packageID))
        return DeletePackageReply(bytesFreed: try await packages.delete(request.packageID, tenant: caller.tenant))
    }

    func getDownloadLink(_ request: GetDownloadLinkRequest, context: CallContext) async throws -> DownloadLink {
        let caller = try await identity.caller(of: context, on: .package(request.packageID))
        let link = try await packages.link(to: request.packageID, tenant: caller.tenant)
        return DownloadLink(url: link.url, expiresAt: ProtoTimestamp(link.expiresAt))
    }
}
