import HTTP
import Model
import XML

import struct Crypto.SHA256

/// How requests to S3 are signed, and its answers read.
struct S3Dialect: CloudDialect {
    /// The endpoint of the bucket: with the bucket in its host, or before every path.
    let endpoint: CloudEndpoint
    let bucketPath: String
    let bucket: String
    let keys: @Sendable () throws(CloudFault) -> AWSKeys
    let region: String
    let now: @Sendable () -> Instant

    init(_ settings: S3Settings, now: @escaping @Sendable () -> Instant) {
        let base = CloudEndpoint(settings.endpoint ?? "https://s3.\(settings.region).amazonaws.com")
        endpoint = settings.isPathStyle ? base : base.subdomain(settings.bucket)
        bucketPath = settings.isPathStyle ? "/\(settings.bucket)" : ""
        bucket = settings.bucket
        keys = settings.keys
        region = settings.region
        self.now = now
    }

    func signed(_ request: CloudRequest, _ limits: CloudLimits) async throws(CloudFault) -> HTTPRequest {
        let signature = AWSSignature(keys: try keys(), region: region)
        let path = bucketPath.isEmpty || request.path != "/" ? bucketPath + request.path : bucketPath
        let hash = Hexadecimal.text(of: Array(SHA256.hash(data: request.body)))
        let signed = AWSSignature.Request(
            method: request.method,
            host: endpoint.authority,
            path: endpoint.path + path,
            query: request.query,
            headers: request.headers
        )
        return HTTPRequest(
            request.method,
            try endpoint.address(path, request.query),
            headers: request.headers + signature.headers(for: signed, bodyHash: hash, at: now()),
            body: request.body,
            limit: request.limit,
            timeout: limits.timeout(moving: max(request.body.count, request.limit)),
            stallLimit: limits.stallLimit
        )
    }

    /// A URL by which anybody can read what is at `path`, for so many seconds.
    func presigned(_ path: String, _ query: [QueryItem], seconds: Int) throws(CloudFault) -> String {
        let signature = AWSSignature(keys: try keys(), region: region)
        let request = AWSSignature.Request(
            method: .get,
            host: endpoint.authority,
            path: endpoint.path + bucketPath + path,
            query: query
        )
        return endpoint.url(bucketPath + path, signature.presigned(request, seconds: seconds, at: now()))
    }

    /// The name of what is at `path`, as a copy has it.
    func copyName(_ path: String) -> String { "/\(bucket)\(path)" }

    func fault(in response: HTTPResponse, to request: CloudRequest) -> CloudFault? {
        let document = response.status == 206 ? nil : Self.error(in: response, to: request)
        // A commit and a copy may fail after the status was sent: the error is in the body then.
        if (200..<300).contains(response.status), document == nil {
            return request.wrongRange(response).map {
                CloudFault(kind: .refused, message: "\"\(endpoint.authority)\" gave a wrong answer: \($0)")
            }
        }
        let code = document?["Code"] ?? ""
        let words = [code, document?["Message"] ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
        let reason = words.isEmpty ? "" : " (\(words.prefix(200)))"
        return CloudFault(
            kind: Self.kind(response.status, code),
            code: code,
            message:
                "\"\(endpoint.authority)\" answered \(request.method.rawValue) with status \(response.status)\(reason)"
        )
    }

    private static func error(in response: HTTPResponse, to request: CloudRequest) -> XMLElement? {
        // Of a blob's bytes nothing is read.
        guard
            response.status >= 300 || request.method == .post
                || request.headers.contains(where: { $0.name == copySource })
        else { return nil }
        return XMLElement(document: response.body).flatMap { $0.name == "Error" ? $0 : nil }
    }

    /// Names what is copied, and so a copy.
    static let copySource = "x-amz-copy-source"

    /// Source: Amazon S3 API Reference, "Error responses"; and the servers of others, which use the same words.
    private static func kind(_ status: Int, _ code: String) -> CloudFault.Kind {
        switch code {
        case "NoSuchKey", "NoSuchUpload": .missing
        // No blob is gone: the settings are wrong, or somebody has deleted everything.
        case "NoSuchBucket": .refused
        case "InvalidRange": .range
        case "PreconditionFailed": .exists
        case "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull": .full
        // What was damaged on the way, and what another request was in the way of.
        case "BadDigest", "XAmzContentSHA256Mismatch", "RequestTimeout", "IncompleteBody", "OperationAborted",
            "ConditionalRequestConflict", "InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeTooSkewed":
            .transient
        default:
            switch status {
            case 404: .missing
            case 412: .exists
            case 416: .range
            case 507: .full
            case 408, 429, 500, 502, 503, 504: .transient
            default: .refused
            }
        }
    }
}
