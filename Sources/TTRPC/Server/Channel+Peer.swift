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
    /// The peer of a channel that was accepted on `address`. On TCP it also turns off the delay for small frames.
    func peer(on address: Address) -> EventLoopFuture<Peer> {
        guard let provider = self as? any SocketOptionProvider else {
            return eventLoop.makeFailedFuture(PackagingError(.internal, "a channel without a socket"))
        }
        switch address {
        case .unix:
            let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
                level: .socket,
                name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            )
            return credentials.map { .unix(pid: $0.pid, uid: $0.uid, gid: $0.gid) }
        case .tcp:
            let remote = remoteAddress
            return setOption(.tcpOption(.tcp_nodelay), value: 1).map {
                .tcp(address: "\(remote?.ipAddress ?? "unknown"):\(remote?.port ?? 0)")
            }
        }
    }
}
