/// What went wrong, in the words of the wire: a code to act on, a message to read, and the cause kept whole.
///
/// The message is one line that names the thing and the reason, in lower case and without a full stop; `detail` and `hint`
/// are whole sentences. None of them may hold a secret or another tenant's data, for all three are sent to the caller.
public struct PackagingError: Error, Sendable, CustomStringConvertible {
    /// What a caller does about an error. The cases and numbers are those of gRPC.
    public enum Code: Int, Sendable, Hashable, CaseIterable {
        /// The caller gave up.
        case cancelled = 1
        /// Something of which nothing more is known; also every code that a newer peer has and we do not.
        case unknown = 2
        /// The request is wrong whatever the state of the system.
        case invalidArgument = 3
        /// The time the caller gave is over.
        case deadlineExceeded = 4
        /// A thing the request names does not exist, or the caller may not know that it does.
        case notFound = 5
        /// A thing the request would create exists.
        case alreadyExists = 6
        /// The caller is known and may not do this.
        case permissionDenied = 7
        /// A quota, a rate or a size is used up.
        case resourceExhausted = 8
        /// The state of the system must be put right first; repeating the call alone does not help.
        case failedPrecondition = 9
        /// Another call won; repeat the whole of what was being done.
        case aborted = 10
        /// An offset lies beyond the end.
        case outOfRange = 11
        /// This build does not do that.
        case unimplemented = 12
        /// A fault of ours. The message says no more than that.
        case `internal` = 13
        /// It may work next time: repeat just this call.
        case unavailable = 14
        /// Bytes are lost or wrong.
        case dataLoss = 15
        /// The caller is not known.
        case unauthenticated = 16
    }

    /// One field of a request that is not as it must be.
    public struct FieldViolation: Sendable, Hashable {
        /// The path of the field in the proto's words, such as `chapters[3].segments[7].text`.
        public var field: String
        /// What is wrong with it, as a sentence.
        public var description: String

        /// A violation of `field`.
        public init(field: String, description: String) {
            self.field = field
            self.description = description
        }
    }

    /// What a caller does about it.
    public var code: Code
    /// One line: the thing and the reason.
    public var message: String
    /// A constant in UPPER_SNAKE_CASE that programs can tell apart where the code is not enough; empty if it is.
    public var reason: String
    /// More of the facts, in sentences.
    public var detail: String?
    /// What to do, in sentences.
    public var hint: String?
    /// Facts for programs, such as ids; keys in lowerCamelCase.
    public var metadata: [String: String]
    /// The fields that are wrong, for ``Code/invalidArgument``.
    public var fields: [FieldViolation]
    /// When to try again, for ``Code/unavailable`` and ``Code/resourceExhausted``.
    public var retryAfter: Duration?
    /// The error below. Logged, never sent.
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

    /// The reason of every error, and of every answer of Health, that a daemon gives because it was told to stop.
    public static let serverStopping = "SERVER_STOPPING"

    /// The code and the message, and the cause if there is one. For logs.
    public var description: String {
        cause.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }
}
