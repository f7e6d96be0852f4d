internal import Glibc
package import Model

extension Address {
    /// Whether only this machine can reach the address: it is a Unix socket, or everything that its host means is loopback.
    ///
    /// - Throws: `failedPrecondition` if the host cannot be resolved.
    package func isOfThisMachine() throws(PackagingError) -> Bool {
        guard case .tcp(let host, _) = self else { return true }
        let all = try Self.resolve(host)
        return !all.isEmpty && all.allSatisfy(Self.isLoopback)
    }

    /// Whether an IP address, as its bytes, is loopback: `127.0.0.0/8`, `::1`, or the former within IPv6.
    static func isLoopback(_ bytes: [UInt8]) -> Bool {
        let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF, 127]
        return switch bytes.count {
        case 4: bytes[0] == 127
        case 16: bytes == Array(repeating: 0, count: 15) + [1] || bytes.starts(with: mapped)
        default: false
        }
    }

    /// The bytes of every IP address of a host.
    private static func resolve(_ host: String) throws(PackagingError) -> [[UInt8]] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, &hints, &first)
        guard code == 0 else {
            let reason = unsafe String(cString: gai_strerror(code))
            throw PackagingError(.failedPrecondition, "cannot resolve \"\(host)\": \(reason)")
        }
        defer { unsafe freeaddrinfo(first) }
        var found: [[UInt8]] = []
        var next = unsafe first
        while let info = unsafe next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let isNamed = unsafe getnameinfo(
                info.pointee.ai_addr,
                info.pointee.ai_addrlen,
                &text,
                socklen_t(text.count),
                nil,
                0,
                NI_NUMERICHOST
            )
            let name = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            // What cannot be named counts as an address of somewhere else.
            found.append(isNamed == 0 ? ServerName.addressBytes(name) ?? [] : [])
            unsafe next = info.pointee.ai_next
        }
        return found
    }
}
