internal import TTRPC

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The PEM files with which a client checks the daemon's certificate, and introduces itself.
///
/// A Unix socket has no TLS. TCP has: certificates are trusted that the authorities in ``caFile`` signed, those of the system
/// without one. Only a loopback address for which no file is named is spoken to in plain: that is what
/// `packagingd serve --insecure-loopback` offers, and no authority signs for loopback.
public struct TLSFiles: Sendable, Hashable {
    /// The environment variable for ``caFile``.
    public static let caFileVariable = "PACKAGING_CA_FILE"
    /// The environment variable for ``certificate``.
    public static let certificateVariable = "PACKAGING_CERTIFICATE"
    /// The environment variable for ``key``.
    public static let keyVariable = "PACKAGING_KEY"

    /// The certificates of the authorities that may have signed the daemon's; nil for those of the system.
    public var caFile: String?
    /// The client's certificate, for daemons that ask for one.
    public var certificate: String?
    /// The key of ``certificate``; nil if it is in the same file.
    public var key: String?

    /// These files.
    public init(caFile: String? = nil, certificate: String? = nil, key: String? = nil) {
        self.caFile = caFile
        self.certificate = certificate
        self.key = key
    }

    /// The files that `environment` names. Empty values count as none.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            caFile: value(Self.caFileVariable),
            certificate: value(Self.certificateVariable),
            key: value(Self.keyVariable)
        )
    }

    /// How connections to `address` are secured.
    func security(for address: Address) -> ClientSecurity {
        guard case .tcp(let host, _) = address else { return .plain }
        if caFile == nil, certificate == nil, Self.isLoopback(host) { return .plain }
        return .tls(ClientTLS(caFile: caFile, certificateFile: certificate, keyFile: key))
    }

    /// Whether `host` is 127.0.0.0/8, ::1 or localhost. A name that only begins like one is another machine's.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        var four = in_addr()
        if unsafe inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard unsafe inet_pton(AF_INET6, host, &six) == 1 else { return false }
        return unsafe withUnsafeBytes(of: &six) { unsafe Array($0) == Array(repeating: 0, count: 15) + [1] }
    }
}
