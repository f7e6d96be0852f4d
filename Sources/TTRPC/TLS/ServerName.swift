internal import Glibc

/// The name or the IP address that a client wants to reach, and that the server's certificate must have.
///
/// Only the alternative names count. A name is compared with names and an address with addresses: whoever controls the DNS
/// could otherwise lead a caller of a name to any address whose certificate the same authority has signed. The common name is
/// not looked at, as browsers have not done for years.
enum ServerName: Hashable, Sendable {
    /// A DNS name in small letters, without a dot at its end.
    case dns(String)
    /// The bytes of an IPv4 or IPv6 address.
    case address([UInt8])

    init(_ host: String) {
        if let bytes = Self.addressBytes(host) {
            self = .address(bytes)
        } else {
            let name = host.lowercased()
            self = .dns(name.hasSuffix(".") ? String(name.dropLast()) : name)
        }
    }

    /// The bytes of an IP address that is written in its usual form; nil for anything else.
    static func addressBytes(_ host: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, host, &bytes) == 1 { return Array(bytes.prefix(4)) }
        return unsafe inet_pton(AF_INET6, host, &bytes) == 1 ? bytes : nil
    }

    /// Whether a certificate with these alternative names is one of this server.
    func isServed(dnsNames: [String], addresses: [[UInt8]]) -> Bool {
        switch self {
        case .address(let bytes): addresses.contains(bytes)
        case .dns(let name): dnsNames.contains { Self.matches(name, $0.lowercased()) }
        }
    }

    /// A star stands for the whole first label and for nothing else (RFC 6125).
    private static func matches(_ name: String, _ pattern: String) -> Bool {
        let pattern = pattern.hasSuffix(".") ? String(pattern.dropLast()) : pattern
        guard pattern.hasPrefix("*.") else { return name == pattern }
        let (rest, names) = (pattern.dropFirst(2), name.split(separator: ".", omittingEmptySubsequences: false))
        // "*.com" would be the certificate of half of the world.
        guard names.count > 2, !names[0].isEmpty, !rest.contains("*") else { return false }
        return names.dropFirst().joined(separator: ".") == rest
    }
}
