import Glibc

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
        /// The file is not at fault: it could not be read, an encoder is missing, or an encoder failed.
        case failed
        /// The file is not at fault: the machine is short of something for a moment.
        case short(Shortage)
    }

    /// What a machine can be short of while audio is read and written.
    package enum Shortage: Sendable, Hashable {
        /// The system gave no memory, although this process has not reached its own limit.
        case memory
        /// The disk of an output is full, or a quota on it.
        case space
        /// The disk of an output does not take bytes for another reason.
        case disk
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

    /// Whether the audio or the picture that was read is at fault.
    package var blamesInput: Bool {
        switch kind {
        case .notMedia, .unsupported, .empty, .truncated, .damaged, .tooLarge, .changed: true
        case .failed, .short: false
        }
    }
}

extension MediaError {
    /// The error while the segment with this index is rendered. The segment is named only if it is at fault.
    func at(segment index: Int) -> MediaError {
        guard blamesInput else { return self }
        var error = self
        error.segment = index
        return error
    }

    /// The error of an encoder or of its output, whose input is sound that was decoded without a fault.
    var ofEncoder: MediaError { blamesInput ? MediaError(.failed, reason) : self }

    /// The error for an output file that the system does not let us write.
    static func output(_ what: String, _ number: CInt) -> MediaError {
        let kind: Kind =
            switch number {
            case ENOSPC, EDQUOT: .short(.space)
            case EIO, ENODEV, ENXIO, EROFS, ESTALE: .short(.disk)
            case ENOMEM: .short(.memory)
            default: .failed
            }
        return MediaError(kind, "its output \(what): \(systemReason(number))")
    }
}
