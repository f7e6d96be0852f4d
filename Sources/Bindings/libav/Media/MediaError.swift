/// Why audio, a picture or an encode was refused.
///
/// `reason` is the end of a sentence whose subject is the file: "it ends after 1.20 s of 3.00 s".
package struct MediaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of errors that a caller may have to tell apart.
    package enum Kind: Sendable, Hashable {
        /// The file is in no format that is read here: it is text, a playlist, a picture or random bytes.
        case notMedia
        /// The file has a format or a parameter that is not accepted (a rate, a codec, a second stream).
        case unsupported
        /// It holds no sound at all.
        case empty
        /// The file ends before the end that it states.
        case truncated
        /// Its bytes contradict themselves.
        case damaged
        /// It is longer than allowed, or takes more memory to decode than a worker has.
        case tooLarge
        /// It decoded to a different number of samples than was measured before.
        case changed
        /// The file is not at fault: a read or write failed, memory ran out, or an encoder is missing.
        case failed
    }

    /// The class of the fault.
    package let kind: Kind
    /// The reason in words, lower case, without a full stop.
    package let reason: String
    /// The segment at fault when a chapter was rendered, by the index that the caller gave.
    package internal(set) var segment: Int?

    init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// The reason.
    package var description: String { reason }
}

extension MediaError {
    /// An error about the segment with this index.
    func at(segment index: Int) -> MediaError {
        var error = self
        error.segment = index
        return error
    }
}
