import Model
import PackagingMessages
import Services
import TTRPC

extension PackagingCalls {
    func validate(_ request: ValidateRequest, context: CallContext) async throws -> PackagingMessages.ValidationReport {
        let caller = try await identity.caller(of: context, on: .package(request.packageID))
        return PackagingMessages.ValidationReport(
            try await validation.validate(request.packageID, tenant: caller.tenant)
        )
    }

    func inspect(
        _ requests: MessageReader<InspectRequest>,
        context: CallContext
    ) async throws -> PackagingMessages.ValidationReport {
        let caller = try identity.caller(of: context)
        var items = requests.makeAsyncIterator()
        guard case .header(let header) = try await items.next()?.item else {
            throw PackagingError.invalid("header", "is missing: the stream begins with it")
        }
        let report = try await validation.inspect(
            Chunks(requests) { request in
                guard case .data(let bytes) = request.item else { return nil }
                return bytes
            },
            bytes: header.sizeBytes,
            platform: try Platform(wire: header.platformID, field: "header.platform_id"),
            tenant: caller.tenant
        )
        return PackagingMessages.ValidationReport(report)
    }
}
