/// What the connections of one peer have in common: limits of a peer are counted by it.
package struct PeerKey: Sendable, Hashable {
    private enum Kind: Hashable {
        /// A user of a Unix socket.
        case user(UInt32)
        /// The bytes of an IP address, or of its network.
        case address([UInt8])
        /// One whose address cannot be read.
        case unknown
    }

    private let kind: Kind

    private init(_ kind: Kind) { self.kind = kind }

    /// Reads `uid:1000` or an IP address; nil for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("uid:") {
            guard let user = UInt32(text.dropFirst(4)) else { return nil }
            self.init(.user(user))
        } else {
            guard let bytes = ServerName.addressBytes(text) else { return nil }
            self.init(.address(Self.plain(bytes)))
        }
    }

    /// The peer itself, to be found among those that were named.
    init(_ peer: Peer) {
        switch peer {
        case .unix(_, let uid, _): self.init(.user(uid))
        case .tcp(let address, _):
            let host = address.prefix(upTo: address.lastIndex(of: ":") ?? address.endIndex)
            let bytes = ServerName.addressBytes(host.trimmingBrackets)
            self.init(bytes.map { .address(Self.plain($0)) } ?? .unknown)
        }
    }

    /// The peer in words, by which callers count: `uid:1000`, an IPv4 address, or the network of an IPv6 address.
    package static func words(for peer: Peer) -> String {
        switch PeerKey(peer).counted.kind {
        case .user(let uid): "uid:\(uid)"
        case .address(let bytes) where bytes.count == 4: bytes.map { String($0) }.joined(separator: ".")
        case .address(let bytes):
            stride(from: 0, to: bytes.count - 1, by: 2).map { index in
                String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
            }.joined(separator: ":") + "::/64"
        case .unknown: "unknown"
        }
    }

    /// What the peer is counted by. Who has an IPv6 address usually has all 2⁶⁴ of its network.
    var counted: PeerKey {
        guard case .address(let bytes) = kind, bytes.count == 16 else { return self }
        return PeerKey(.address(Array(bytes.prefix(8))))
    }

    /// An IPv4 address that is written within IPv6 is the same peer as on IPv4.
    private static func plain(_ bytes: [UInt8]) -> [UInt8] {
        let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        return bytes.count == 16 && bytes.starts(with: mapped) ? Array(bytes.suffix(4)) : bytes
    }
}

extension Substring {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : String(self)
    }
}
