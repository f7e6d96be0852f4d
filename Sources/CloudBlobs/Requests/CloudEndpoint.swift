import HTTP
import Model

/// Where a service is reached: the beginning of its URLs.
struct CloudEndpoint: Sendable, Hashable {
    /// `https`, or `http` for this machine.
    let scheme: String
    /// The host and, where it is not the scheme's own, the port: what the field `Host` of a request says.
    let authority: String
    /// What stands before every path; empty, or a path without a slash at its end.
    let path: String

    /// - Parameter url: Such as `https://s3.example.com` or `http://127.0.0.1:10000/devstoreaccount1`.
    init(_ url: String) {
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        scheme = parts.first.map { $0.lowercased() } ?? "https"
        let rest = parts.count > 1 ? parts[1] : ""
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash].lowercased()
        let usual = scheme == "https" ? ":443" : ":80"
        if authority.hasSuffix(usual) { authority.removeLast(usual.count) }
        self.authority = authority
        let path = rest[slash...]
        self.path = String(path.hasSuffix("/") ? path.dropLast() : path)
    }

    /// The same service, reached by another host of its domain.
    func subdomain(_ name: String) -> CloudEndpoint { CloudEndpoint("\(scheme)://\(name).\(authority)\(path)") }

    /// A URL of the service.
    ///
    /// - Parameter path: Behind the endpoint's own path, percent-encoded.
    func url(_ path: String, _ query: [QueryItem]) -> String {
        let query = query.isEmpty ? "" : "?" + PercentEncoding.query(query)
        return "\(scheme)://\(authority)\(self.path)\(path)\(query)"
    }

    /// The address of a URL of the service.
    func address(_ path: String, _ query: [QueryItem]) throws(CloudFault) -> HTTPAddress {
        do {
            return try HTTPAddress(url(path, query))
        } catch {
            throw CloudFault(kind: .refused, message: error.message)
        }
    }
}
