/// Why audio cannot be used, as the end of a sentence that begins with the audio: `it ends after 1.20 s of 3.00 s`.
package struct AudioRefusal: Error, Sendable, Hashable {
    /// The reason.
    package var reason: String

    /// A refusal for `reason`.
    package init(_ reason: String) { self.reason = reason }
}
