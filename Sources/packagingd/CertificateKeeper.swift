import Glibc
import Logging
import Model
import Synchronization
import TTRPC

/// Keeps the certificate of the TCP listeners up to date: takes new files when they change, and warns before it ends.
final class CertificateKeeper: Sendable, Reloadable {
    /// What changes when a file is written or replaced.
    struct Stamp: Hashable {
        var file: ino_t = 0
        var size: off_t = 0
        var seconds = 0
        var nanoseconds = 0

        /// Of the file at `path`; the same for every file that is not there.
        init(_ path: String) {
            var status = stat()
            // Following links, because tools that renew certificates change a link.
            guard unsafe stat(path, &status) == 0 else { return }
            file = status.st_ino
            size = status.st_size
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    private struct State {
        var stamps: [Stamp]
        var lastWarning: Instant?
    }

    /// The time between two looks at the files.
    private static let pause = Duration.seconds(3)
    /// The time between two warnings of the end.
    private static let warningPause = Duration.seconds(86_400)

    let settings: [Setting] = []
    let certificates: ServerCertificates
    private let paths: TLSPaths
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state: Mutex<State>

    /// - Throws: ``SettingFault`` or ``PackagingError`` that names the file that cannot be used.
    init(_ paths: TLSPaths, clock: any Clock<Duration> = .continuous, logger: Logger) throws {
        self.paths = paths
        self.clock = clock
        self.logger = logger
        // Before the files are read: a change in between is then found by the next look.
        state = Mutex(State(stamps: Self.stamps(paths)))
        certificates = try ServerCertificates(paths.read())
    }

    private static func stamps(_ paths: TLSPaths) -> [Stamp] {
        [paths.certificate, paths.key, paths.clientCA].compactMap { $0.map(Stamp.init) }
    }

    /// Looks at the files from time to time, until the task is cancelled.
    func run() async {
        repeat {
            look(now: SystemClock.now)
        } while (try? await clock.sleep(for: Self.pause)) != nil
    }

    /// Looks at the files at once. They are read again though nothing seems to have changed.
    func reload(_ configuration: DaemonConfiguration) async throws(PackagingError) {
        state.withLock { $0.stamps = [] }
        look(now: SystemClock.now)
    }

    /// Takes the files if they have changed. Bad ones are named in the log once, and change nothing.
    func look(now: Instant) {
        let stamps = Self.stamps(paths)
        let hasChanged = state.withLock { state in
            defer { state.stamps = stamps }
            return state.stamps != stamps
        }
        if hasChanged { replace() }
        warn(now: now)
    }

    private func replace() {
        do {
            let before = certificates.notAfter
            try certificates.replace(with: paths.read())
            logger.notice(
                "certificate replaced",
                metadata: [
                    "file": "\(paths.certificate)", "ends": "\(certificates.notAfter)", "endedBefore": "\(before)",
                ]
            )
            state.withLock { $0.lastWarning = nil }
        } catch {
            let reason = (error as? SettingFault)?.reason ?? (error as? PackagingError)?.message ?? "\(error)"
            logger.error(
                "certificate not replaced: the daemon goes on with the one it has",
                metadata: ["error": "\(reason)", "ends": "\(certificates.notAfter)"]
            )
        }
    }

    private func warn(now: Instant) {
        guard let problem = CertificateEnd.problem(certificates.notAfter, now: now) else { return }
        let isDue = state.withLock { state in
            if let last = state.lastWarning, now < last + Self.warningPause { return false }
            state.lastWarning = now
            return true
        }
        guard isDue else { return }
        logger.warning("certificate ends", metadata: ["file": "\(paths.certificate)", "error": "\(problem)"])
    }
}
