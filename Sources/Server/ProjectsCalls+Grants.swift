import Model
import PackagingMessages
import Protobuf
import Services
import TTRPC

extension ProjectsCalls {
    func putGrant(_ request: PutGrantRequest, context: CallContext) async throws -> PackagingMessages.Grant {
        let (project, caller) = try await owned(request.project, context)
        guard let role = Model.ProjectRole(request.role) else {
            throw PackagingError.invalid("role", "is missing or not known: reader, packager or owner")
        }
        let grant = try await access.putGrant(role, to: request.user, on: project, by: caller)
        return PackagingMessages.Grant(grant)
    }

    func deleteGrant(_ request: DeleteGrantRequest, context: CallContext) async throws -> DeleteGrantReply {
        let (project, caller) = try await owned(request.project, context)
        try await access.deleteGrant(of: request.user, on: project, by: caller)
        return DeleteGrantReply()
    }

    func listGrants(_ request: ListGrantsRequest, context: CallContext) async throws -> ListGrantsReply {
        let (project, caller) = try await owned(request.project, context)
        let page = try NamePage(size: request.pageSize, token: request.pageToken)
        let (grants, next) = try await access.grants(on: project, page, tenant: caller.tenant)
        return ListGrantsReply(grants: grants.map(PackagingMessages.Grant.init), nextPageToken: next)
    }

    /// The project whose roles a call is about, and the caller: who administers the tenant needs no role of its own there.
    private func owned(_ reference: String, _ context: CallContext) async throws -> (ProjectID, Caller) {
        let caller = try await identity.caller(of: context, on: .project(reference), unless: .admin)
        return (try await projects.id(of: reference, tenant: caller.tenant), caller)
    }
}

extension Model.ProjectRole {
    fileprivate init?(_ wire: PackagingMessages.ProjectRole) {
        switch wire {
        case .reader: self = .reader
        case .packager: self = .packager
        case .owner: self = .owner
        default: return nil
        }
    }
}

extension PackagingMessages.Grant {
    fileprivate init(_ model: Model.Grant) {
        let role: PackagingMessages.ProjectRole =
            switch model.role {
            case .reader: .reader
            case .packager: .packager
            case .owner: .owner
            }
        self.init(
            projectID: model.project.description,
            user: model.user,
            role: role,
            grantedAt: ProtoTimestamp(model.grantedAt),
            grantedBy: model.grantedBy
        )
    }
}
