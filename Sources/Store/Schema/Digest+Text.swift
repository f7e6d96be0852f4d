internal import Crypto
internal import Model

extension Model.Digest {
    /// The digest of a text in UTF-8.
    init(ofText text: String) {
        var hash = SHA256()
        hash.update(data: Array(text.utf8))
        guard let digest = Self(bytes: hash.finalize()) else { preconditionFailure("a SHA-256 has 32 bytes") }
        self = digest
    }
}
