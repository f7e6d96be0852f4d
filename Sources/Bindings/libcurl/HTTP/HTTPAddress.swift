import CCurl
package import Model

/// The address of something on an HTTP server, checked before anything is sent.
///
/// libcurl's own parser reads it, so that the server that was checked is the server that is asked.
package struct HTTPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The whole URL.
    let url: String
    /// The server, as the URL names it.
    package let host: String
    /// Whether what is sent is encrypted.
    package let isEncrypted: Bool
    /// Whether the server is this machine, by its address or as `localhost`.
    package let isLoopback: Bool

    /// The address in `text`: an `https` URL, or an `http` one of this machine.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument`. The message does not quote `text`, which may hold a
    ///   password.
    package init(_ text: String) throws(PackagingError) {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.refused("is longer than 2048 bytes, or has a space or a character outside ASCII")
        }
        let parsed = ParsedURL(text)
        guard let scheme = parsed.part(CURLUPART_SCHEME)?.lowercased() else {
            throw Self.refused("cannot be parsed; expected one such as https://login.example.com/keys.json")
        }
        guard parsed.part(CURLUPART_USER) == nil, parsed.part(CURLUPART_PASSWORD) == nil else {
            throw Self.refused("holds a user or a password, which others could read")
        }
        guard scheme == "https" || scheme == "http" else { throw Self.refused("is neither https nor http") }
        guard let host = parsed.part(CURLUPART_HOST)?.lowercased(), !host.isEmpty else {
            throw Self.refused("names no server")
        }
        let isLoopback = Self.isLoopback(host)
        guard scheme == "https" || isLoopback else {
            throw Self.refused("is not encrypted; expected https, as only this machine may be asked with http")
        }
        isEncrypted = scheme == "https"
        url = text
        self.host = host
        self.isLoopback = isLoopback
    }

    /// The scheme and the server. The rest may hold a secret.
    package var description: String { (isEncrypted ? "https://" : "http://") + host }

    private static func refused(_ reason: String) -> PackagingError {
        PackagingError(.invalidArgument, "cannot use the URL: it \(reason)")
    }

    /// Only what can be nothing else: libcurl never asks a name server for "localhost", and it writes addresses of IPv4 in
    /// their four numbers, whatever form the URL has.
    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { UInt8($0).map { "\($0)" } == String($0) }
    }
}

/// A URL that libcurl has parsed, freed once.
@safe private struct ParsedURL: ~Copyable {
    private let handle: OpaquePointer

    /// Without any part, if `text` is no URL. One without a scheme is none, as the scheme would be guessed.
    init(_ text: String) {
        guard let handle = unsafe curl_url() else { fatalError("could not allocate a URL") }
        unsafe self.handle = handle
        _ = unsafe curl_url_set(handle, CURLUPART_URL, text, 0)
    }

    deinit { unsafe curl_url_cleanup(handle) }

    func part(_ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
