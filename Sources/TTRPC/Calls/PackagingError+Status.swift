package import Model
package import Protobuf

// The one place where errors and wire statuses become each other.
extension PackagingError {
    /// Who defines the reasons of our errors.
    static let domain = "packaging.khipu"

    /// The error as the wire carries it: code, message, and typed details.
    ///
    /// ErrorInfo has the reason and the metadata, with the keys `detail` and `hint` for the sentences; RetryInfo,
    /// BadRequest, and for `resourceExhausted` with the metadata key `limit` QuotaFailure follow where they say something.
    /// The cause stays here.
    package func status() -> RPCStatus {
        var facts = metadata
        facts["detail"] = detail
        facts["hint"] = hint
        var details: [ProtoAny] = []
        if !reason.isEmpty || !facts.isEmpty {
            details.add(RPCErrorInfo(reason: reason, domain: Self.domain, metadata: facts), .errorInfo)
        }
        if let retryAfter { details.add(RPCRetryInfo(retryDelay: ProtoDuration(retryAfter)), .retryInfo) }
        if !fields.isEmpty {
            let violations = fields.map {
                RPCBadRequest.FieldViolation(field: $0.field, description: $0.description)
            }
            details.add(RPCBadRequest(fieldViolations: violations), .badRequest)
        }
        if code == .resourceExhausted, let limit = metadata["limit"] {
            let violation = RPCQuotaFailure.Violation(subject: limit, description: detail ?? message)
            details.add(RPCQuotaFailure(violations: [violation]), .quotaFailure)
        }
        return RPCStatus(code: Int32(code.rawValue), message: message, details: details)
    }

    /// The error that a peer sent. Details that are not known or cannot be read are passed over, and a code of a newer
    /// peer becomes `unknown`.
    package init(status: RPCStatus) {
        self.init(Code(rawValue: Int(status.code)) ?? .unknown, status.message)
        for any in status.details {
            switch DetailType(rawValue: any.typeURL) {
            case .errorInfo: take(try? RPCErrorInfo(serialized: any.value))
            case .retryInfo: retryAfter = (try? RPCRetryInfo(serialized: any.value))?.retryDelay?.duration
            case .badRequest: take(try? RPCBadRequest(serialized: any.value))
            case .quotaFailure: take(try? RPCQuotaFailure(serialized: any.value))
            case nil: continue
            }
        }
    }

    private mutating func take(_ info: RPCErrorInfo?) {
        guard let info else { return }
        reason = info.reason
        metadata.merge(info.metadata) { _, new in new }
        guard info.domain == Self.domain else { return }
        detail = metadata.removeValue(forKey: "detail")
        hint = metadata.removeValue(forKey: "hint")
    }

    private mutating func take(_ request: RPCBadRequest?) {
        fields = request?.fieldViolations.map { FieldViolation(field: $0.field, description: $0.description) } ?? []
    }

    private mutating func take(_ failure: RPCQuotaFailure?) {
        guard let violation = failure?.violations.first else { return }
        metadata["limit"] = violation.subject
        // Ours repeats the message where there is no detail.
        if detail == nil, violation.description != message { detail = violation.description }
    }
}

/// The types of detail that are told apart.
private enum DetailType: String {
    case errorInfo = "type.googleapis.com/google.rpc.ErrorInfo"
    case retryInfo = "type.googleapis.com/google.rpc.RetryInfo"
    case badRequest = "type.googleapis.com/google.rpc.BadRequest"
    case quotaFailure = "type.googleapis.com/google.rpc.QuotaFailure"
}

extension [ProtoAny] {
    /// Adds `message`, or nothing if a text in it cannot be written.
    fileprivate mutating func add(_ message: some WireMessage, _ type: DetailType) {
        guard let value = try? message.serialized() else { return }
        append(ProtoAny(typeURL: type.rawValue, value: value))
    }
}

extension ProtoDuration {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
    }

    fileprivate var duration: Duration { .seconds(seconds) + .nanoseconds(Int64(nanos)) }
}
