import HTTP
import Model

import struct Crypto.HMAC
import struct Crypto.SHA256
import struct Crypto.SymmetricKey

/// Signs requests to S3 with version 4 of Amazon's signatures.
///
/// Sources: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header" and "... Using Query
/// Parameters". For S3 the path is encoded once, and not normalised.
struct AWSSignature: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"
    /// The longest time for which a presigned URL may be good: seven days.
    static let longestLife = 604_800

    let keys: AWSKeys
    /// Such as `eu-central-1`.
    let region: String

    /// What is signed of a request.
    struct Request: Sendable {
        var method: HTTPMethod
        /// The host and, where it is not the scheme's own, the port, as the request's field `Host` has it.
        var host: String
        /// The path as it is sent.
        var path: String
        var query: [QueryItem] = []
        /// The fields besides `Host`. All are signed.
        var headers: [HTTPField] = []
    }

    /// The fields that a request needs in addition to its own: the time, the hash of the body, and the signature.
    ///
    /// - Parameter bodyHash: The SHA-256 of the body, in hexadecimal digits.
    func headers(for request: Request, bodyHash: String, at now: Instant) -> [HTTPField] {
        let time = AWSTime(now)
        var added = [HTTPField("x-amz-content-sha256", bodyHash), HTTPField("x-amz-date", time.stamp)]
        if let token = keys.sessionToken { added.append(HTTPField("x-amz-security-token", token)) }
        let fields = Self.canonical(request.headers + added + [HTTPField("host", request.host)])
        let signature = signature(request, fields, bodyHash: bodyHash, time)
        let names = fields.map(\.name).joined(separator: ";")
        let credential = "\(keys.id)/\(scope(time))"
        return added + [
            HTTPField(
                "Authorization",
                "\(Self.algorithm) Credential=\(credential), SignedHeaders=\(names), Signature=\(signature)"
            )
        ]
    }

    /// The query of a URL by which anybody can send the request, without a field of its own, until it expires.
    ///
    /// - Parameter seconds: How long it is good, from 1 second to ``longestLife``.
    func presigned(_ request: Request, seconds: Int, at now: Instant) -> [QueryItem] {
        let time = AWSTime(now)
        var request = request
        request.query += [
            QueryItem("X-Amz-Algorithm", Self.algorithm), QueryItem("X-Amz-Credential", "\(keys.id)/\(scope(time))"),
            QueryItem("X-Amz-Date", time.stamp), QueryItem("X-Amz-Expires", "\(seconds)"),
            QueryItem("X-Amz-SignedHeaders", "host"),
        ]
        if let token = keys.sessionToken { request.query.append(QueryItem("X-Amz-Security-Token", token)) }
        let signature = signature(request, [HTTPField("host", request.host)], bodyHash: "UNSIGNED-PAYLOAD", time)
        return request.query + [QueryItem("X-Amz-Signature", signature)]
    }

    // MARK: The signature

    private func scope(_ time: AWSTime) -> String { "\(time.day)/\(region)/s3/aws4_request" }

    /// - Parameter fields: The signed fields in their canonical form.
    private func signature(_ request: Request, _ fields: [HTTPField], bodyHash: String, _ time: AWSTime) -> String {
        // Sorted as they are encoded, by name and then by value.
        let query = request.query.map { (PercentEncoding.part($0.name), PercentEncoding.part($0.value)) }
            .sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
        let canonical = [
            request.method.rawValue, request.path, query,
            fields.map { "\($0.name):\($0.value)\n" }.joined(),
            fields.map(\.name).joined(separator: ";"), bodyHash,
        ].joined(separator: "\n")
        let hash = Hexadecimal.text(of: Array(SHA256.hash(data: Array(canonical.utf8))))
        let text = [Self.algorithm, time.stamp, scope(time), hash].joined(separator: "\n")
        var key = Array("AWS4\(keys.secret)".utf8)
        for part in [time.day, region, "s3", "aws4_request"] { key = Self.mac(part, key) }
        return Hexadecimal.text(of: Self.mac(text, key))
    }

    private static func mac(_ text: String, _ key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }

    /// Names in lower case and sorted; values without spaces at their ends, and with one where there are several.
    private static func canonical(_ fields: [HTTPField]) -> [HTTPField] {
        fields.map { field in
            HTTPField(field.name.lowercased(), field.value.split(separator: " ").joined(separator: " "))
        }.sorted { $0.name < $1.name }
    }
}

/// A time as Amazon's signatures have it.
private struct AWSTime {
    /// `20251223`
    let day: String
    /// `20251223T103000Z`
    let stamp: String

    init(_ instant: Instant) {
        let seconds = Instant(microseconds: instant.microseconds / 1_000_000 * 1_000_000)
        stamp = seconds.description.filter { $0 != "-" && $0 != ":" }
        day = String(stamp.prefix(8))
    }
}
