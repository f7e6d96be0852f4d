/// An error as it is sent to the caller: a code for programs, a message for people, and the complete cause.
///
/// The message is one line that names the thing and the reason, in lower case and without a full stop; `detail` and
/// `hint` are whole sentences. None of the three may contain a secret or another tenant's data, because all are sent to
/// the caller.
public struct PackagingError: Error, Sendable, CustomStringConvertible {
    /// The kinds of errors, by what a caller can do. The cases and numbers are those of gRPC.
    public enum Code: Int, Sendable, Hashable, CaseIterable {
        /// The caller cancelled the call.
        case cancelled = 1
        /// An error about which nothing more is known. Also every code of a newer peer that this build does not know.
        case unknown = 2
        /// The request is wrong whatever the state of the system.
        case invalidArgument = 3
        /// The caller's deadline has passed.
        case deadlineExceeded = 4
        /// Something that the request names does not exist, or the caller may not know that it exists.
        case notFound = 5
        /// Something that the request would create already exists.
        case alreadyExists = 6
        /// The caller is known but may not do this.
        case permissionDenied = 7
        /// A quota, a rate or a size limit is reached.
        case resourceExhausted = 8
        /// The state of the system must be corrected first; repeating the call does not help.
        case failedPrecondition = 9
        /// A concurrent call came first; the caller should repeat the whole operation.
        case aborted = 10
        /// An offset lies beyond the end.
        case outOfRange = 11
        /// This build does not do that.
        case unimplemented = 12
        /// A fault of the daemon. The message says no more than that.
        case `internal` = 13
        /// The call may succeed later; the caller should repeat just this call.
        case unavailable = 14
        /// Bytes are lost or wrong.
        case dataLoss = 15
        /// The caller is not known.
        case unauthenticated = 16
    }

    /// One invalid field of a request.
    public struct FieldViolation: Sendable, Hashable {
        /// The path of the field in the proto's words, such as `chapters[3].segments[7].text`.
        public var field: String
        /// What is wrong with it: the end of a sentence that begins with the field's name.
        public var description: String

        /// A violation of `field`.
        public init(field: String, description: String) {
            self.field = field
            self.description = description
        }
    }

    /// The kind of the error.
    public var code: Code
    /// One line that names the thing and the reason.
    public var message: String
    /// A constant in UPPER_SNAKE_CASE for programs, where the code alone is not specific enough; empty if it is.
    public var reason: String
    /// More facts, in sentences.
    public var detail: String?
    /// What to do, in sentences.
    public var hint: String?
    /// Facts for programs, such as ids; keys in lowerCamelCase.
    public var metadata: [String: String]
    /// The invalid fields, for ``Code/invalidArgument``.
    public var fields: [FieldViolation]
    /// The time after which the call may be repeated, for ``Code/unavailable`` and ``Code/resourceExhausted``.
    public var retryAfter: Duration?
    /// The underlying error. It is logged and never sent.
    public var cause: (any Error)?

    /// An error with `code` and `message`; all else is optional.
    public init(
        _ code: Code,
        _ message: String,
        reason: String = "",
        detail: String? = nil,
        hint: String? = nil,
        metadata: [String: String] = [:],
        fields: [FieldViolation] = [],
        retryAfter: Duration? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.metadata = metadata
        self.fields = fields
        self.retryAfter = retryAfter
        self.cause = cause
    }

    /// An ``Code/invalidArgument`` about one field.
    ///
    /// - Parameters:
    ///   - field: The path of the field in the proto's words.
    ///   - problem: What is wrong with it: the end of a sentence that begins with the field's name.
    public static func invalid(_ field: String, _ problem: String, hint: String? = nil) -> Self {
        Self(
            .invalidArgument,
            "\(field) \(problem)",
            hint: hint,
            fields: [FieldViolation(field: field, description: problem)]
        )
    }

    /// The reason in every error, and in every answer of Health, that a daemon gives because it was told to stop.
    public static let serverStopping = "SERVER_STOPPING"

    /// The code and the message, and the cause if there is one. For logs.
    public var description: String {
        cause.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }
}
