/// How a token is signed. Nothing else is taken.
enum TokenAlgorithm: String, Sendable, Hashable, CaseIterable {
    case eddsa = "EdDSA"
    case es256 = "ES256"
    case rs256 = "RS256"
    /// With a secret that both sides know.
    case hs256 = "HS256"

    /// The algorithm that a token or a key calls `name`. Ed25519 has two names: RFC 8037 says "EdDSA", RFC 9864 "Ed25519".
    init?(named name: String) {
        guard let algorithm = name == "Ed25519" ? .eddsa : Self(rawValue: name) else { return nil }
        self = algorithm
    }
}
