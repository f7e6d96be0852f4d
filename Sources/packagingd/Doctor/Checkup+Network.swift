import Glibc
import Model
import TTRPC

// Checks what callers over the network and of other users need.
extension Checkup {
    func certificate() -> [Finding] {
        guard let tls else { return [] }
        let check = "certificate"
        let advice = "Put a new one and its key in the place of the files: the running daemon takes them by itself."
        do {
            let end = try ServerCertificates(tls.read()).notAfter
            guard let problem = CertificateEnd.problem(end, now: SystemClock.now) else {
                return [.ok(check, "\"\(tls.certificate)\" holds until \(end)")]
            }
            return [end < SystemClock.now ? .failed(check, problem, advice) : .warning(check, problem, advice)]
        } catch {
            return [.failed(check, (error as? SettingFault)?.reason ?? error.inOneLine, advice)]
        }
    }

    func groupOfSockets() -> [Finding] {
        guard let socketGroup else { return [] }
        let check = "socket group"
        for path in sockets {
            if let folder = SocketGroup.closedFolder(on: path, to: socketGroup) {
                let seen = "group \(socketGroup) may not enter \"\(folder)\", on the way to \"\(path)\""
                return [.warning(check, seen, ListenerOpening.hint)]
            }
        }
        guard geteuid() == 0 || SocketGroup.isOurs(socketGroup) else {
            let seen = "this user is no member of group \(socketGroup), and cannot give it the socket"
            return [.failed(check, seen, "Add the daemon's user: \"usermod -aG GROUP USER\", or SupplementaryGroups=.")]
        }
        return [.ok(check, "group \(socketGroup) can reach the sockets")]
    }
}
