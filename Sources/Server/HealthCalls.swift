import Model
import PackagingMessages
import Services
import TTRPC

/// The calls of `grpc.health.v1.Health`, which tell whether this server takes work now.
///
/// Anyone may ask, because load balancers and supervisors have no tokens.
struct HealthCalls: HealthHandler {
    let health: HealthService

    func check(_ request: HealthCheckRequest, context: CallContext) async throws -> HealthCheckResponse {
        guard Self.isKnown(request.service) else {
            throw PackagingError(.notFound, "service \"\(request.service.prefix(80))\" does not exist here")
        }
        return HealthCheckResponse(problem: health.problem)
    }

    func watch(
        _ request: HealthCheckRequest,
        replies: MessageWriter<HealthCheckResponse>,
        context: CallContext
    ) async throws {
        guard Self.isKnown(request.service) else {
            return try await replies.write(HealthCheckResponse(status: .serviceUnknown))
        }
        for await problem in health.changes() {
            try await replies.write(HealthCheckResponse(problem: problem))
        }
        // The sequence of changes also ends when the call is cancelled. A cancelled call must not look as if it had
        // finished.
        try Task.checkCancellation()
    }

    /// Whether this server has the service. The empty name stands for the whole server.
    private static func isKnown(_ service: String) -> Bool {
        ["", "khipu.packaging.v1.Packaging", "khipu.packaging.v1.Projects"].contains(service)
    }
}

extension HealthCheckResponse {
    fileprivate init(problem: PackagingError?) {
        guard let problem else {
            self.init(status: .serving)
            return
        }
        self.init(
            status: .notServing,
            reason: problem.reason,
            message: problem.message,
            hint: problem.hint ?? ""
        )
    }
}
