import Model

/// A token taken apart (RFC 7515, section 7.1). Nothing in it is trusted yet.
struct CompactToken: Sendable {
    /// The algorithm that the header names.
    let algorithm: TokenAlgorithm
    /// The id of the key that the header names.
    let keyID: String?
    let claims: [String: JSONValue]
    let signature: [UInt8]
    /// What is signed: header and claims as they came.
    let signed: [UInt8]

    /// The most bytes of a token. It comes with every call.
    static let limit = 8 << 10

    /// - Throws: `TOKEN_INVALID` if it is no token, or of a kind that is not taken.
    init(_ token: String) throws(PackagingError) {
        guard token.utf8.count <= Self.limit else {
            throw TokenFault.invalid.error("has more than \(Self.limit) bytes")
        }
        let parts = Array(token.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw TokenFault.invalid.error("is not three parts with dots between") }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw TokenFault.invalid.error("is not base64url") }
        let fields = try Self.object(header, "header")
        algorithm = try Self.algorithm(fields)
        keyID = try Self.keyID(fields)
        try Self.checkKind(fields)
        claims = try Self.object(payload, "payload")
        self.signature = signature
        signed = parts[0] + [UInt8(ascii: ".")] + parts[1]
    }

    private static func object(_ bytes: [UInt8], _ name: String) throws(PackagingError) -> [String: JSONValue] {
        do throws(JSONFault) {
            if let object = try JSONValue(parsing: bytes).object { return object }
        } catch {
            throw TokenFault.invalid.error("has a \(name) that \(error.reason)")
        }
        throw TokenFault.invalid.error("has a \(name) that is not a JSON object")
    }

    private static func algorithm(_ header: [String: JSONValue]) throws(PackagingError) -> TokenAlgorithm {
        guard let name = header["alg"]?.text else { throw TokenFault.invalid.error("names no algorithm (\"alg\")") }
        if name.lowercased() == "none" { throw TokenFault.invalid.error("is not signed (\"alg\" is none)") }
        guard let algorithm = TokenAlgorithm(named: name) else {
            throw TokenFault.invalid.error("has an algorithm (\"alg\") that is not EdDSA, ES256, RS256 or HS256")
        }
        return algorithm
    }

    private static func keyID(_ header: [String: JSONValue]) throws(PackagingError) -> String? {
        guard let value = header["kid"] else { return nil }
        guard let id = value.text, !id.isEmpty, id.utf8.count <= TokenKey.longestID else {
            throw TokenFault.invalid.error("has a key id (\"kid\") that is empty, too long or not text")
        }
        return id
    }

    /// Refuses tokens of another kind, which the same issuer may sign with the same key (RFC 8725, section 3.11), and
    /// tokens that say they must be understood in a way that we do not know (RFC 7515, section 4.1.11).
    ///
    /// Keys in a header ("jwk", "jku", "x5c", "x5u") are not looked at: anybody can write them.
    private static func checkKind(_ header: [String: JSONValue]) throws(PackagingError) {
        guard header["crit"] == nil else {
            throw TokenFault.invalid.error("has extensions that must be known (\"crit\")")
        }
        guard let type = header["typ"] else { return }
        let kinds = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]
        guard let name = type.text?.lowercased(), kinds.contains(name) else {
            throw TokenFault.invalid.error("is of another type (\"typ\") than JWT or at+jwt")
        }
    }
}
