import Glibc
import Model
import PackagingMessages
import Processes
import TTRPC

// Checks the clock, the limits, and which process answers on the sockets.
extension Checkup {
    func clock() async -> [Finding] {
        let check = "clock"
        let advice = "Run an NTP client, such as chrony or systemd-timesyncd."
        let (steady, begun) = (ContinuousClock.now, SystemClock.now)
        guard begun > Instant(microseconds: 1_735_689_600_000_000) else {
            return [.failed(check, "it is set to \(begun), before this program was made", advice)]
        }
        try? await Task.sleep(for: .milliseconds(50))
        let drift = (SystemClock.now - begun) - steady.duration(to: .now)
        guard abs(drift.seconds) < 1 else {
            return [.failed(check, "it jumped by \(drift) while it was looked at", advice)]
        }
        switch SystemClock.isSynchronised {
        case true?: return [.ok(check, "synchronised with a time server")]
        case false?: return [.warning(check, "not synchronised with any time server", advice)]
        case nil: return [.ok(check, "runs evenly; this system does not tell whether it is synchronised")]
        }
    }

    func openFiles() -> [Finding] {
        let check = "open files"
        let wanted = UInt64(FileNeed.files(connections: connections, workers: workers))
        do {
            let most = try OpenFileLimit.most()
            guard most < wanted else { return [.ok(check, "the daemon may open \(most)")] }
            return [
                .warning(
                    check,
                    "the daemon may open \(most), and \(workers) workers and their callers may want \(wanted)",
                    "Raise the hard limit: LimitNOFILE= in the unit, or \"ulimit -Hn\"."
                )
            ]
        } catch {
            return [.warning(check, error.inOneLine, "Look at \"ulimit -Hn\".")]
        }
    }

    func callers() async -> [Finding] {
        var findings: [Finding] = []
        for path in sockets { findings.append(await socket(path)) }
        for address in ports { findings += await port(address) }
        return findings
    }

    private func socket(_ path: String) async -> Finding {
        let check = "socket"
        var status = stat()
        let isThere = unsafe lstat(path, &status) == 0
        guard !isThere || status.st_mode & S_IFMT == S_IFSOCK else {
            return .failed(check, "a file that is no socket is at \"\(path)\"", "Move it away, or choose another path.")
        }
        do {
            let connection = try await RPCConnection.connect(to: .unix(path: path), timeout: .seconds(5))
            let reply: Result<HealthCheckResponse, PackagingError>
            do throws(PackagingError) {
                reply = .success(
                    try await connection.unary(HealthMethods.check, HealthCheckRequest(), timeout: .seconds(10))
                )
            } catch {
                reply = .failure(error)
            }
            await connection.close()
            switch reply {
            case .success(let health) where health.status == .serving:
                return .ok(check, "a daemon serves at \"\(path)\"")
            case .success(let health):
                return .failed(check, "the daemon at \"\(path)\" does not serve: \(health.message)", health.hint)
            case .failure(let error):
                return .failed(check, "who listens at \"\(path)\" does not answer: \(error.message)", "Restart it.")
            }
        } catch  where error.code == .invalidArgument {
            return .failed(
                check,
                error.message,
                "Choose a shorter path: --listen unix:/PATH, or a shorter --state-dir."
            )
        } catch {
            guard isThere else { return .ok(check, "nobody listens at \"\(path)\": the daemon does not run") }
            let isRefused = unsafe access(path, W_OK) != 0 && errno == EACCES
            return .warning(
                check,
                isRefused ? "we may not connect to \"\(path)\"" : "nobody answers at \"\(path)\"",
                isRefused
                    ? "Run the doctor as the daemon's own user, or as root."
                    : "A daemon that was killed left it, and the next start removes it."
            )
        }
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
