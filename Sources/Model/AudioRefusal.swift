/// Why audio cannot be used, as the end of a sentence that begins with the audio: `it ends after 1.20 s of 3.00 s`.
public struct AudioRefusal: Error, Sendable, Hashable {
    /// The reason.
    public var reason: String

    /// A refusal for `reason`.
    public init(_ reason: String) { self.reason = reason }
}
