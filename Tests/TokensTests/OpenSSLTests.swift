import Crypto
import Foundation
import Model
import TestSupport
import Testing

@testable import Tokens

@Suite("Tokens that another implementation has signed")
struct OpenSSLTests {
    private func openssl(_ arguments: String...) async throws { try await Tool.run(["openssl"] + arguments) }

    private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    /// Header and claims of a right token, as they are signed.
    private func signed(_ algorithm: String) throws -> String {
        let parts: [[String: Any]] = [["alg": algorithm, "kid": "k", "typ": "at+jwt"], claims()]
        return try parts.map { Base64URL.encode(Array(try JSONSerialization.data(withJSONObject: $0))) }
            .joined(separator: ".")
    }

    private func expectTaken(_ token: String, _ key: String?, secret: [UInt8]? = nil) async throws {
        let source = key.map { FakeSource(Array(#"{"keys":[\#($0)]}"#.utf8)) }
        let checking = try await verifier(source, secret: secret)
        #expect(try await checking.verify(token).tenant == "acme")
    }

    @Test("a token that OpenSSL signed with Ed25519 is taken")
    func ed25519() async throws {
        try await withTemporaryFolder("openssl") { folder in
            let (key, input, output) = (folder.file("key"), folder.file("in"), folder.file("out"))
            let text = try signed("EdDSA")
            try Data(text.utf8).write(to: URL(fileURLWithPath: input))
            try await openssl("genpkey", "-algorithm", "ed25519", "-out", key)
            try await openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", input, "-out", output)
            let token = try text + "." + Base64URL.encode(bytes(output))
            try await openssl("pkey", "-in", key, "-pubout", "-outform", "DER", "-out", output)
            let x = try Base64URL.encode(bytes(output).suffix(32))
            try await expectTaken(token, #"{"kty":"OKP","crv":"Ed25519","kid":"k","alg":"EdDSA","x":"\#(x)"}"#)
        }
    }

    @Test("a token that OpenSSL signed with P-256 is taken")
    func es256() async throws {
        try await withTemporaryFolder("openssl") { folder in
            let (key, input, output) = (folder.file("key"), folder.file("in"), folder.file("out"))
            let text = try signed("ES256")
            try Data(text.utf8).write(to: URL(fileURLWithPath: input))
            try await openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", key)
            try await openssl("dgst", "-sha256", "-sign", key, "-out", output, input)
            let signature = try P256.Signing.ECDSASignature(derRepresentation: bytes(output)).rawRepresentation
            let token = text + "." + Base64URL.encode(Array(signature))
            try await openssl("pkey", "-in", key, "-pubout", "-outform", "DER", "-out", output)
            let point = try bytes(output).suffix(64)
            let (x, y) = (Base64URL.encode(point.prefix(32)), Base64URL.encode(point.suffix(32)))
            try await expectTaken(token, #"{"kty":"EC","crv":"P-256","kid":"k","x":"\#(x)","y":"\#(y)"}"#)
            // The same signature in the form that certificates have is another text, and none of a token.
            let other =
                try text + "."
                + Base64URL.encode(
                    Array(
                        P256.Signing.ECDSASignature(rawRepresentation: signature)
                            .derRepresentation
                    )
                )
            let checking = try await verifier(
                FakeSource(Array(#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"\#(x)","y":"\#(y)"}]}"#.utf8))
            )
            #expect(try await refusal(checking, other).message.contains("a wrong signature"))
        }
    }

    @Test("a token that OpenSSL signed with RSA is taken, for each size from 2048 bits", arguments: [2048, 3072, 4096])
    func rs256(_ bits: Int) async throws {
        try await withTemporaryFolder("openssl") { folder in
            let (key, input, output) = (folder.file("key"), folder.file("in"), folder.file("out"))
            let text = try signed("RS256")
            try Data(text.utf8).write(to: URL(fileURLWithPath: input))
            try await openssl("genrsa", "-out", key, "\(bits)")
            try await openssl("dgst", "-sha256", "-sign", key, "-out", output, input)
            let token = try text + "." + Base64URL.encode(bytes(output))
            try await openssl("pkey", "-in", key, "-pubout", "-outform", "DER", "-out", output)
            // The end of the key is the modulus, and the exponent 65537 as a number of three bytes.
            let n = try Base64URL.encode(bytes(output).dropLast(5).suffix(bits / 8))
            try await expectTaken(token, #"{"kty":"RSA","kid":"k","use":"sig","n":"\#(n)","e":"AQAB"}"#)
        }
    }

    @Test("a token that OpenSSL signed with a secret is taken")
    func hs256() async throws {
        try await withTemporaryFolder("openssl") { folder in
            let (input, output) = (folder.file("in"), folder.file("out"))
            let text = try signed("HS256")
            let secret = "0123456789abcdef0123456789abcdef"
            try Data(text.utf8).write(to: URL(fileURLWithPath: input))
            try await openssl(
                "dgst",
                "-sha256",
                "-mac",
                "HMAC",
                "-macopt",
                "key:\(secret)",
                "-binary",
                "-out",
                output,
                input
            )
            let token = try text + "." + Base64URL.encode(bytes(output))
            try await expectTaken(token, nil, secret: Array(secret.utf8))
        }
    }
}
