import Model
import PackagingMessages
import Protobuf
import Services
import TTRPC

/// The calls of the service `Admin`. Those about tenants are for the local operator alone.
struct AdminCalls: AdminHandler {
    let identity: Identity
    let tenants: TenantService
    let access: AccessService

    func listTenants(_ request: ListTenantsRequest, context: CallContext) async throws -> ListTenantsReply {
        _ = try identity.caller(of: context)
        guard request.pageSize >= 0 else {
            throw PackagingError.invalid("page_size", "\(request.pageSize) is negative")
        }
        let limit = request.pageSize == 0 ? 100 : min(Int(request.pageSize), 1000)
        let (found, isLast) = try await tenants.tenants(after: request.pageToken, limit: limit)
        return ListTenantsReply(
            tenants: found.map(PackagingMessages.Tenant.init),
            nextPageToken: isLast ? "" : found.last?.name ?? ""
        )
    }

    func putTenant(_ request: PackagingMessages.Tenant, context: CallContext) async throws -> PackagingMessages.Tenant {
        _ = try identity.caller(of: context)
        context.notes["target"] = String((request.name.isEmpty ? request.id : request.name).prefix(80))
        let tenant = try await tenants.put(
            TenantPlan(
                id: request.id,
                name: request.name,
                quotaBytes: request.quotaBytes,
                defaultRetentionDays: Int(request.defaultRetentionDays),
                versionLimit: Int(request.versionLimit),
                dropsOldestVersion: request.dropsOldestVersion,
                jobsPerHour: Int(request.jobsPerHour)
            )
        )
        return PackagingMessages.Tenant(tenant)
    }

    func getTenantUsage(
        _ request: GetTenantUsageRequest,
        context: CallContext
    ) async throws -> PackagingMessages.TenantUsage {
        _ = try identity.caller(of: context)
        let (tenant, usage) = try await tenants.usage(of: request.tenant)
        return PackagingMessages.TenantUsage(
            tenant: PackagingMessages.Tenant(tenant),
            storageBytes: usage.storageBytes,
            jobsLastHour: Int32(clamping: usage.jobsLastHour),
            nextJobAt: usage.nextJobAt.map(ProtoTimestamp.init),
            liveJobs: Int32(clamping: usage.liveJobs),
            projects: Int32(clamping: usage.projects),
            packages: Int32(clamping: usage.packages),
            archivedPackages: Int32(clamping: usage.archivedPackages)
        )
    }
}

extension PackagingMessages.Tenant {
    fileprivate init(_ model: Model.Tenant) {
        self.init(
            id: model.id.description,
            name: model.name,
            quotaBytes: model.quotaBytes,
            defaultRetentionDays: Int32(clamping: model.defaultRetentionDays),
            versionLimit: Int32(clamping: model.versionLimit),
            jobsPerHour: Int32(clamping: model.jobsPerHour),
            dropsOldestVersion: model.dropsOldestVersion
        )
    }
}
