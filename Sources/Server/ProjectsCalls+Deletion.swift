import Model
import PackagingMessages
import Services
import TTRPC

extension ProjectsCalls {
    func deleteProject(_ request: DeleteProjectRequest, context: CallContext) async throws -> DeleteProjectReply {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let deleted = try await projects.delete(request.project, tenant: caller.tenant)
        return DeleteProjectReply(
            packagesDeleted: Int32(clamping: deleted.packages),
            bytesFreed: deleted.bytesFreed
        )
    }
}
