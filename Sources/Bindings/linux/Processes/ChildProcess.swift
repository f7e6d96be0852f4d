internal import CLinux
internal import Descriptors
internal import Glibc
internal import Synchronization

/// How a process ended.
package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// By itself, with this status, 0 through 255.
    case exited(CInt)
    /// By this signal.
    case signalled(CInt)

    /// Whether it ended with status 0.
    package var isSuccess: Bool { self == .exited(0) }

    /// The end of a sentence, such as `exited with status 2` or `was killed by signal 11 (Segmentation fault)`.
    package var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signalled(let signal): "was killed by signal \(signal) (\(unsafe String(cString: strsignal(signal))))"
        }
    }
}

/// A child that was started by a ``Launcher``, which also reaps it: it never stays a zombie, even if nobody waits.
package final class ChildProcess: Sendable {
    private enum State {
        /// Becomes `ended` once, when the launcher has reaped it.
        case running(waiting: [CheckedContinuation<ExitStatus, Never>])
        case ended(ExitStatus)
    }

    /// Its process id. May be another process's once ``exitStatus`` is known.
    package let pid: Int32
    let pidfd: Descriptor
    private let leadsGroup: Bool
    private let state = Mutex(State.running(waiting: []))

    init(pid: pid_t, pidfd: Descriptor, leadsGroup: Bool) {
        self.pid = pid
        self.pidfd = pidfd
        self.leadsGroup = leadsGroup
    }

    /// How it ended; nil while it runs.
    package var exitStatus: ExitStatus? {
        state.withLock { state in
            switch state {
            case .running: nil
            case .ended(let status): status
            }
        }
    }

    /// Returns when the process has ended and is reaped.
    ///
    /// Cancelling the waiting task changes nothing: who wants the child gone signals it.
    package func wait() async -> ExitStatus {
        await withCheckedContinuation { continuation in
            let ended: ExitStatus? = state.withLock { state in
                switch state {
                case .running(let waiting):
                    state = .running(waiting: waiting + [continuation])
                    return nil
                case .ended(let status):
                    return status
                }
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }

    /// Sends `number` to the process; does nothing if it has ended.
    package func signal(_ number: CInt) {
        // The only failures are that it has ended, or runs as somebody we may not signal.
        _ = pidfd.withNumber { clinux_signal($0, number) }
    }

    /// Sends `number` to every process of the child's group; does nothing if the child has ended or leads no group.
    package func signalGroup(_ number: CInt) {
        guard leadsGroup else { return }
        // Under the lock the child is not reaped, so its number cannot be another group's.
        state.withLock { state in
            if case .running = state { _ = kill(-pid, number) }
        }
    }

    /// Reaps the child, which has ended, and tells those who wait.
    func reap() {
        let (status, waiting) = state.withLock { state -> (ExitStatus, [CheckedContinuation<ExitStatus, Never>]) in
            guard case .running(let waiting) = state else { preconditionFailure("a child is reaped once") }
            if leadsGroup { _ = kill(-pid, SIGKILL) }
            var code: CInt = 0
            var signal: CInt = 0
            let result = unsafe clinux_reap(pid, &code, &signal)
            // ECHILD: the program ignores SIGCHLD, and the kernel has thrown the status away.
            let status: ExitStatus = result == 0 && signal != 0 ? .signalled(signal) : .exited(result == 0 ? code : 255)
            state = .ended(status)
            return (status, waiting)
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }
}
