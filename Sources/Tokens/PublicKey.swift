/// A public key as a key set describes it (RFC 7517, RFC 8037), checked as far as that needs no cryptography.
struct PublicKey: Sendable, Hashable {
    enum Material: Sendable, Hashable {
        case ed25519(x: [UInt8])
        case p256(x: [UInt8], y: [UInt8])
        case rsa(n: [UInt8], e: [UInt8])

        var algorithm: TokenAlgorithm {
            switch self {
            case .ed25519: .eddsa
            case .p256: .es256
            case .rsa: .rs256
            }
        }

        var bytes: [UInt8] {
            switch self {
            case .ed25519(let x): x
            case .p256(let x, let y): x + y
            case .rsa(let n, let e): n + [0] + e
            }
        }
    }

    let id: String?
    let material: Material

    init(id: String?, _ material: Material) {
        self.id = id
        self.material = material
    }

    /// Reads one entry of a key set.
    ///
    /// - Throws: Why the key is not used: the end of a sentence that begins with the key.
    init(_ fields: [String: JSONValue]) throws(JSONFault) {
        id = try Self.id(fields)
        try Self.checkUse(fields)
        switch fields["kty"]?.text {
        case "OKP":
            guard fields["crv"]?.text == "Ed25519" else { throw JSONFault("is of another curve than Ed25519") }
            material = .ed25519(x: try Self.bytes("x", fields, count: 32))
        case "EC":
            guard fields["crv"]?.text == "P-256" else { throw JSONFault("is of another curve than P-256") }
            material = .p256(x: try Self.bytes("x", fields, count: 32), y: try Self.bytes("y", fields, count: 32))
        case "RSA": material = try Self.rsa(fields)
        // A secret in a set that others can read is none.
        case "oct": throw JSONFault("is a secret, which belongs in no key set")
        default: throw JSONFault("is of a type (\"kty\") that is not OKP, EC or RSA")
        }
        guard let name = fields["alg"] else { return }
        guard let text = name.text, TokenAlgorithm(named: text) == material.algorithm else {
            throw JSONFault("is for another algorithm (\"alg\") than \(material.algorithm.rawValue)")
        }
    }

    private static func id(_ fields: [String: JSONValue]) throws(JSONFault) -> String? {
        guard let value = fields["kid"] else { return nil }
        guard let id = value.text, !id.isEmpty, id.utf8.count <= TokenKey.longestID else {
            throw JSONFault("has an id (\"kid\") that is empty, too long or not text")
        }
        return id
    }

    private static func checkUse(_ fields: [String: JSONValue]) throws(JSONFault) {
        if let use = fields["use"], use.text != "sig" { throw JSONFault("is not for signatures (\"use\")") }
        if let operations = fields["key_ops"], operations.list?.contains(.text("verify")) != true {
            throw JSONFault("is not for checking signatures (\"key_ops\")")
        }
        if fields["d"] != nil {
            throw JSONFault("is published with its private part, so that anybody can sign with it")
        }
    }

    private static func rsa(_ fields: [String: JSONValue]) throws(JSONFault) -> Material {
        var n = try bytes("n", fields)
        n.trimPrefix { $0 == 0 }
        let bits = n.count * 8 - (n.first?.leadingZeroBitCount ?? 0)
        guard bits >= 2048 else { throw JSONFault("has \(bits) bits; an RSA key needs at least 2048") }
        guard bits <= 8192 else { throw JSONFault("has \(bits) bits; an RSA key may have at most 8192") }
        let e = try bytes("e", fields)
        guard e.count <= 5 else { throw JSONFault("has an exponent (\"e\") of more than 40 bits") }
        return .rsa(n: n, e: e)
    }

    private static func bytes(
        _ name: String,
        _ fields: [String: JSONValue],
        count: Int? = nil
    ) throws(JSONFault) -> [UInt8] {
        guard let text = fields[name]?.text, let bytes = Base64URL.decode(text.utf8), !bytes.isEmpty else {
            throw JSONFault("has no number \"\(name)\" in base64url")
        }
        guard count == nil || bytes.count == count else {
            throw JSONFault("has a number \"\(name)\" of \(bytes.count) bytes, not \(count ?? 0)")
        }
        return bytes
    }
}
