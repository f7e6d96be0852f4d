import HTTP

/// A request to a service of blobs, before it is signed.
struct CloudRequest: Sendable {
    var method: HTTPMethod
    /// The path behind the endpoint, percent-encoded as it is sent. It begins with a slash.
    var path: String
    var query: [QueryItem] = []
    var headers: [HTTPField] = []
    var body: [UInt8] = []
    /// The most bytes that the answer's body may have.
    var limit = CloudRequest.documentLimit

    /// The most bytes of an answer that is a document: the longest list that a service gives has some MB.
    static let documentLimit = 16 << 20
    /// The most bytes of an answer that tells an error.
    static let errorLimit = 64 << 10

    /// The first byte that a request for a part of a blob asks for; nil for other requests.
    var rangeStart: Int64? {
        guard method == .get, let range = headers.first(where: { $0.name.lowercased().hasSuffix("range") })?.value
        else {
            return nil
        }
        return Int64(range.dropFirst("bytes=".count).prefix { $0.isNumber })
    }

    /// What is wrong with an answer that should have the part of a blob that was asked for; nil if it has that. A server that
    /// knows no ranges gives the whole blob.
    func wrongRange(_ response: HTTPResponse) -> String? {
        guard let start = rangeStart else { return nil }
        if response.status == 200, start == 0 { return nil }
        guard response.status == 206, response["Content-Range"]?.hasPrefix("bytes \(start)-") == true else {
            return "it was asked for a part of a blob that begins at byte \(start), and gave another"
        }
        return nil
    }
}

/// The answer to a request that was carried out.
struct CloudAnswer: Sendable {
    var response: HTTPResponse
    /// Whether an earlier attempt may have been carried out as well, whose answer was lost.
    var isRepeated: Bool
}

/// Why a request was not carried out, or is not known to have been.
struct CloudFault: Error, Sendable, CustomStringConvertible {
    /// What follows from it.
    enum Kind: Sendable, Hashable {
        /// There is no such blob, container or upload.
        case missing
        /// There is a blob already where none may be, or another one than was expected.
        case exists
        /// The range begins behind the end of the blob.
        case range
        /// The store has no room.
        case full
        /// The same request may succeed in a while.
        case transient
        /// The same request will never succeed, or the task was cancelled.
        case refused
    }

    var kind: Kind
    /// The service's own word for the reason, such as `NoSuchKey`; empty if it gave none.
    var code = ""
    /// The server and the reason, for operators. It holds no secret.
    var message: String
    /// Whether this request, or an earlier attempt at it, may have been carried out all the same.
    var mayHaveHappened = false

    var description: String { message }
}

/// What a service understands: how its requests are signed, and its answers read.
protocol CloudDialect: Sendable {
    /// The request with its signature. Each attempt is signed anew, as signatures have a time.
    func signed(_ request: CloudRequest, _ limits: CloudLimits) async throws(CloudFault) -> HTTPRequest

    /// What is wrong with an answer; nil if the request was carried out.
    func fault(in response: HTTPResponse, to request: CloudRequest) -> CloudFault?
}
