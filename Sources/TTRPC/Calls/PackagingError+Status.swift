package import Model
package import Protobuf

// The only place that converts between errors and wire statuses.
extension PackagingError {
    /// The domain in which the reasons of our errors are defined.
    static let domain = "packaging.khipu"

    /// The error in the form of the wire: code, message, and typed details.
    ///
    /// ErrorInfo holds the reason and the metadata, with the keys `detail` and `hint` for the sentences. RetryInfo and
    /// BadRequest follow if they have content, and QuotaFailure for `resourceExhausted` with the metadata key `limit`.
    /// The cause is not sent.
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

    /// The error that a peer sent. Unknown and unreadable details are ignored, and an unknown code becomes `unknown`.
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
        // Our own servers repeat the message there if there is no detail.
        if detail == nil, violation.description != message { detail = violation.description }
    }
}

/// The types of details that are understood.
private enum DetailType: String {
    case errorInfo = "type.googleapis.com/google.rpc.ErrorInfo"
    case retryInfo = "type.googleapis.com/google.rpc.RetryInfo"
    case badRequest = "type.googleapis.com/google.rpc.BadRequest"
    case quotaFailure = "type.googleapis.com/google.rpc.QuotaFailure"
}

extension [ProtoAny] {
    /// Adds `message`; adds nothing if one of its texts cannot be written.
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
