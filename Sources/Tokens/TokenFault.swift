import Model

/// The reasons in the errors about tokens, for programs.
package enum TokenFault: String, Sendable, Hashable {
    /// The token is wrong, and will be.
    case invalid = "TOKEN_INVALID"
    /// Its time is over: a new one helps.
    case expired = "TOKEN_EXPIRED"
    /// Its time has not come.
    case notYetValid = "TOKEN_NOT_YET_VALID"
    /// The key that signed it is not trusted, or not any more.
    case keyUnknown = "TOKEN_KEY_UNKNOWN"
    /// The keys could not be fetched, so that nobody knows.
    case keysUnavailable = "TOKEN_KEYS_UNAVAILABLE"

    /// The error that a caller gets.
    ///
    /// - Parameter problem: What is wrong: the end of a sentence that begins with "the token". It quotes nothing of the token.
    func error(_ problem: String, hint: String? = nil) -> PackagingError {
        PackagingError(.unauthenticated, "cannot accept the token: it \(problem)", reason: rawValue, hint: hint)
    }
}
