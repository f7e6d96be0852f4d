/// Why bytes are not a message, or a message cannot be written.
///
/// The text follows the message's name: `chapters[3].title: is not UTF-8`.
public struct WireError: Error, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        /// The bytes end within a field.
        case truncated
        /// A varint is longer than ten bytes. Or a field's tag is longer than five bytes or does not fit into 32 bits: its
        /// field number is above 536,870,911.
        case varintTooLong
        /// A field has the number 0.
        case invalidFieldNumber
        /// A field has a wire type that does not exist, that is a group, or that does not fit the field.
        case unexpectedWireType(Int)
        /// A string is not UTF-8.
        case notUTF8
        /// A string holds a NUL.
        case containsNUL
        /// Messages are nested more than ``WireLimits/depth`` levels deep.
        case tooDeep
        /// The message would take more memory than ``WireLimits`` allows for its bytes.
        case tooMuchMemory
        /// A frame announces more than ``FrameHeader/maximumLength`` bytes.
        case frameTooLong(Int)
        /// The C library refused bytes that passed the checks.
        case malformed
    }

    /// What is wrong.
    public var problem: Problem
    /// The path of the field at fault in the proto's words, such as `chapters[3].title`; empty for the message itself.
    public var field: String

    /// An error about `field`.
    public init(_ problem: Problem, field: String = "") {
        self.problem = problem
        self.field = field
    }

    /// The same error with a path that begins at the outer message, whose field `outer` holds the inner one.
    package func inside(_ outer: String) -> WireError {
        let separator = outer.isEmpty || field.isEmpty ? "" : "."
        return WireError(problem, field: outer + separator + field)
    }

    /// One line that names the field and the reason.
    public var description: String { field.isEmpty ? problem.description : "\(field): \(problem)" }
}

extension WireError.Problem: CustomStringConvertible {
    /// The reason, as the end of a sentence.
    public var description: String {
        switch self {
        case .truncated: "is cut off"
        case .varintTooLong: "has a number of too many bytes"
        case .invalidFieldNumber: "has a field number that is not allowed"
        case .unexpectedWireType(let type): "has wire type \(type), which does not fit"
        case .notUTF8: "is not UTF-8"
        case .containsNUL: "contains a NUL"
        case .tooDeep: "nests messages more than \(WireLimits.depth) deep"
        case .tooMuchMemory: "would take too much memory for its size"
        case .frameTooLong(let length): "announces \(length) bytes, more than \(FrameHeader.maximumLength)"
        case .malformed: "is malformed"
        }
    }
}
