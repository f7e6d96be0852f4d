internal import Glibc
internal import Model
internal import NIOCore
internal import NIOPosix

/// The kernel's `struct ucred`, which glibc's module does not contain.
private struct PeerCredentials {
    var pid: Int32
    var uid: UInt32
    var gid: UInt32
}

extension Channel {
    /// The peer of a channel that was accepted on a Unix socket or on TCP. TCP is also set up for frames.
    func peer(isUnix: Bool) -> EventLoopFuture<Peer> {
        guard let provider = self as? any SocketOptionProvider else {
            return eventLoop.makeFailedFuture(PackagingError(.internal, "a channel without a socket"))
        }
        guard isUnix else {
            let host = remoteAddress?.ipAddress ?? "unknown"
            let port = remoteAddress?.port ?? 0
            return setTCPOptions().map {
                .tcp(address: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
            }
        }
        let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket,
            name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        )
        return credentials.map { .unix(pid: $0.pid, uid: $0.uid, gid: $0.gid) }
    }
}

extension Channel {
    /// Sets up a TCP connection for frames.
    ///
    /// - Small frames are not delayed.
    /// - The kernel finds out within three minutes that a silent peer is gone: a machine that lost its power or its network
    ///   sends no goodbye, and its connections would keep their places for ever.
    /// - The kernel takes no more than 128 KiB beyond what is on its way: a peer that does not read would otherwise cost
    ///   4 MB of the kernel's memory.
    func setTCPOptions() -> EventLoopFuture<Void> {
        let options: [(name: CInt, value: Int)] = [
            (TCP_NODELAY, 1), (TCP_KEEPIDLE, 60), (TCP_KEEPINTVL, 20), (TCP_KEEPCNT, 6), (TCP_NOTSENT_LOWAT, 128 << 10),
        ]
        return options.reduce(setOption(.socketOption(.so_keepalive), value: 1)) { before, option in
            before.flatMap {
                self.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: option.name)), value: option.value)
            }
        }
    }
}
