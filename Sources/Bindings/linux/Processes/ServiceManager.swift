internal import Descriptors
internal import Glibc

/// The program that started this process and wants to know its state: systemd, for a unit of `Type=notify`.
///
/// Source: sd_notify(3), whose protocol is a datagram of lines `KEY=value` to the socket in `NOTIFY_SOCKET`.
package struct ServiceManager: Sendable {
    private let socketPath: String?

    /// The manager that `environment` names. If it names none, nothing is sent.
    package init(environment: [String: String]) {
        socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    }

    /// Tells that the process does its work from now on.
    package func tellReady(_ status: String) { tell("READY=1\nSTATUS=\(status)") }

    /// Tells that the process has begun to stop.
    package func tellStopping() { tell("STOPPING=1") }

    /// Sends `state`. Failures are ignored, because the manager may be missing.
    private func tell(_ state: String) {
        guard let socketPath else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.count < capacity else { return }
        // A name that begins with "@" is not in the file system; its first byte is NUL.
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = Glibc.socket(AF_UNIX, type, 0)
        guard number >= 0 else { return }
        let socket = Descriptor(owning: number)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size - capacity + path.count)
        let text = Array(state.utf8)
        _ = socket.withNumber { number in
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe sendto(number, text, text.count, Int32(MSG_NOSIGNAL), $0, length)
                }
            }
        }
    }
}
