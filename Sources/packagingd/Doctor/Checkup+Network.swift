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

    /// Looks whether somebody listens on a TCP address. Who it is, only the certificate could tell, and that may be for a name
    /// that this machine does not know.
    func port(_ address: Address) async -> [Finding] {
        let check = "listener"
        // The system chooses another port at each start.
        if case .tcp(_, 0) = address { return [] }
        do throws(PackagingError) {
            await (try RPCConnection.connect(to: address, timeout: .seconds(5))).close()
            return [.ok(check, "somebody listens at \"\(address)\"")]
        } catch {
            return [.ok(check, "nobody listens at \"\(address)\": the daemon does not run, or not with this address")]
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
