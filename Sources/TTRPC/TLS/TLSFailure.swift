internal import Model
internal import NIOCore
internal import NIOSSL

/// Why a connection with TLS failed, in our words.
struct TLSFailure: Hashable, Sendable {
    /// The kinds, each with the reason that callers get.
    enum Kind: String, Hashable, Sendable {
        /// No authority that is trusted here has signed the other side's certificate.
        case untrusted = "TLS_CERTIFICATE_UNTRUSTED"
        /// The other side's certificate holds no longer.
        case expired = "TLS_CERTIFICATE_EXPIRED"
        /// The other side's certificate does not hold yet.
        case early = "TLS_CERTIFICATE_NOT_YET_VALID"
        /// The certificate is another server's.
        case wrongHost = "TLS_WRONG_HOST"
        /// What came back is not TLS.
        case noTLS = "TLS_NOT_SPOKEN"
        /// The other side has no version of TLS that is allowed here.
        case oldVersion = "TLS_VERSION_REFUSED"
        /// The other side does not take our certificate.
        case refusedOurs = "TLS_CERTIFICATE_REFUSED"
        /// The other side wants a certificate and got none.
        case certificateRequired = "TLS_CERTIFICATE_REQUIRED"
        /// The connection ended before the handshake did.
        case ended = "TLS_HANDSHAKE_ENDED"
        /// The handshake took too long.
        case timeout = "TLS_HANDSHAKE_TIMEOUT"
        /// We spoke without TLS, and the other side answered in TLS.
        case required = "TLS_REQUIRED"
        /// Anything else.
        case other = "TLS_FAILED"
    }

    var kind: Kind
    /// What the TLS library says, for what has no kind of its own.
    var detail = ""

    init(_ kind: Kind, detail: String = "") {
        self.kind = kind
        self.detail = detail
    }

    /// Reads an error of the TLS library; nil if it is no error of TLS.
    ///
    /// - Parameters:
    ///   - certificate: What the other side sent, if it came so far: tells why it was not accepted.
    ///   - now: The time.
    init?(_ error: any Error, certificate: NIOSSLCertificate?, now: Instant) {
        switch error {
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: break
        default: return nil
        }
        // The library gives its codes only in its text.
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            self.init(Self.verdict(certificate, now: now))
        } else if let known = Self.texts.first(where: { text.contains($0.text) }) {
            self.init(known.kind)
        } else {
            self.init(.other, detail: Self.reasons(in: text))
        }
    }

    private static func verdict(_ certificate: NIOSSLCertificate?, now: Instant) -> Kind {
        guard let certificate else { return .untrusted }
        if certificate.validUntil < now { return .expired }
        return now < certificate.validSince ? .early : .untrusted
    }

    private static let texts: [(text: String, kind: Kind)] = [
        ("EOF during handshake", .ended), ("WRONG_VERSION_NUMBER", .noTLS), ("HTTP_REQUEST", .noTLS),
        ("HTTPS_PROXY_REQUEST", .noTLS), ("UNSUPPORTED_PROTOCOL", .oldVersion), ("PROTOCOL_VERSION", .oldVersion),
        ("CERTIFICATE_REQUIRED", .certificateRequired), ("ALERT_UNKNOWN_CA", .refusedOurs),
        ("ALERT_BAD_CERTIFICATE", .refusedOurs), ("ALERT_CERTIFICATE_EXPIRED", .refusedOurs),
        ("ALERT_CERTIFICATE_UNKNOWN", .refusedOurs), ("ALERT_UNSUPPORTED_CERTIFICATE", .refusedOurs),
        ("ALERT_CERTIFICATE_REVOKED", .refusedOurs), ("ALERT_ACCESS_DENIED", .refusedOurs),
    ]

    /// The library's words in capitals, without its numbers and file names.
    private static func reasons(in text: String) -> String {
        text.split { !($0.isUppercase || $0.isNumber || $0 == "_") }
            .filter { $0.contains("_") && $0.contains { $0.isUppercase } }
            .joined(separator: " ")
    }
}

// MARK: What a client is told

extension TLSFailure {
    /// The error for a client that could not connect, or whose connection was lost.
    ///
    /// - Parameter what: What failed: `could not connect to "ADDRESS"`.
    func error(_ what: String, cause: (any Error)? = nil) -> PackagingError {
        PackagingError(.unavailable, "\(what): \(words)", reason: kind.rawValue, hint: hint, cause: cause)
    }

    private var words: String {
        switch kind {
        case .untrusted: "no authority that is trusted here has signed the server's certificate"
        case .expired: "the server's certificate has expired"
        case .early: "the server's certificate is not valid yet"
        case .wrongHost: "the server's certificate is not for this name or address\(detail)"
        case .noTLS: "the server does not speak TLS there"
        case .oldVersion: "the server has no TLS 1.3"
        case .refusedOurs: "the server does not accept our certificate"
        case .certificateRequired: "the server wants a certificate"
        case .ended: "the server closed the connection during the TLS handshake"
        case .timeout: "the TLS handshake took too long"
        case .required: "the server speaks only TLS there"
        case .other: "TLS failed" + (detail.isEmpty ? "" : " (\(detail))")
        }
    }

    private var hint: String? {
        switch kind {
        case .untrusted: "Name the file of the authority's certificate that signed the server's."
        case .expired: "Renew the server's certificate, or set this machine's clock."
        case .early: "Set this machine's clock, or the server's certificate is for later."
        case .wrongHost: "Connect to a name or address that its alternative names have, or give it one with this."
        case .noTLS: "Look at the port, and at the listeners of the daemon."
        case .refusedOurs:
            "Use a certificate for clients that an authority of the server has signed, and that is valid."
        case .certificateRequired: "Give a client certificate and its key."
        case .ended: "The daemon may be stopping or have too many handshakes open; its log tells more."
        case .required: "Connect with TLS."
        case .oldVersion, .timeout, .other: nil
        }
    }
}

// MARK: What the server's log says of a peer

extension TLSFailure {
    /// Why the handshake of a peer failed, the same text for each failure of one kind.
    var ofPeer: String {
        switch kind {
        case .untrusted: "no client authority has signed the peer's certificate"
        case .expired: "the peer's certificate has expired"
        case .early: "the peer's certificate is not valid yet"
        case .noTLS: "the peer does not speak TLS, and this listener nothing else"
        case .oldVersion: "the peer has no TLS 1.3"
        case .refusedOurs: "the peer does not accept our certificate"
        case .ended: "the peer closed the connection"
        case .timeout: "the peer did not finish it in time"
        case .wrongHost, .certificateRequired, .required, .other:
            "TLS failed" + (detail.isEmpty ? "" : " (\(detail))")
        }
    }
}

/// The first bytes of TLS records, where something else was expected.
enum TLSRecord {
    /// Whether `bytes` begin as a client's greeting in TLS does. As a frame they would announce 350 MB.
    static func isGreeting(_ bytes: ByteBuffer) -> Bool { begins(bytes, 0x16) }

    /// Whether `bytes` begin as a complaint in TLS does.
    static func isAlert(_ bytes: ByteBuffer) -> Bool { begins(bytes, 0x15) }

    private static func begins(_ bytes: ByteBuffer, _ kind: UInt8) -> Bool {
        bytes.getBytes(at: bytes.readerIndex, length: 2) == [kind, 0x03]
    }
}
