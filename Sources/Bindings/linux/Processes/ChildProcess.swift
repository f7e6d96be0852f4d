internal import CLinux
internal import Descriptors
internal import Glibc
internal import Synchronization

/// How a process ended.
package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// It ended by itself with this status, 0 through 255.
    case exited(CInt)
    /// This signal killed it.
    case signalled(CInt)

    /// Whether it ended with status 0.
    package var isSuccess: Bool { self == .exited(0) }

    /// Whether somebody else ended the process: the system, which sends SIGKILL when memory runs out and SIGBUS when a
    /// promised page cannot be provided, as on a full disk; or a person. It is false for signals that a process brings
    /// upon itself, and for those of its own limits (24 is SIGXCPU and 25 is SIGXFSZ on both architectures).
    package var isFromOutside: Bool {
        guard case .signalled(let signal) = self else { return false }
        return ![SIGSEGV, SIGILL, SIGABRT, SIGFPE, SIGTRAP, SIGSYS, 24, 25].contains(signal)
    }

    /// The end of a sentence, such as `exited with status 2` or `was killed by signal 11 (Segmentation fault)`.
    package var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signalled(let signal): "was killed by signal \(signal) (\(unsafe String(cString: strsignal(signal))))"
        }
    }
}

/// A child that a ``Launcher`` started. The launcher also reaps it, so it never stays a zombie, even if nothing waits
/// for it.
package final class ChildProcess: Sendable {
    private enum State {
        /// It becomes `ended` once, when the launcher has reaped it.
        case running(waiting: [CheckedContinuation<ExitStatus, Never>])
        case ended(ExitStatus)
    }

    /// Its process id. It may belong to another process once ``exitStatus`` is known.
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
    /// Cancelling the waiting task has no effect; to end the child, signal it.
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
        // It fails only if the process has ended, or runs as a user whose processes we may not signal.
        _ = pidfd.withNumber { clinux_signal($0, number) }
    }

    /// Sends `number` to every process of the child's group; does nothing if the child has ended or leads no group.
    package func signalGroup(_ number: CInt) {
        guard leadsGroup else { return }
        // The child is not reaped while the lock is held, so its number cannot belong to another group.
        state.withLock { state in
            if case .running = state { _ = kill(-pid, number) }
        }
    }

    /// Whether the process is ending, and no signal that is sent now can be the cause.
    ///
    /// A killed process closes its files first and may then need seconds to give back its memory.
    package var isExiting: Bool {
        // After the name, which is in parentheses, come the state, five numbers, and then the flags.
        guard let line = facts("stat"), let end = line.lastIndex(of: ")") else { return true }
        let fields = line[end...].split(separator: " ")
        guard fields.count > 7, let flags = UInt32(fields[7]) else { return true }
        return flags & 0x4 != 0  // PF_EXITING
    }

    /// Bytes of memory that the process uses now; 0 if it has ended.
    package var residentBytes: UInt64 {
        guard let fields = facts("statm")?.split(separator: " "), fields.count > 1, let pages = UInt64(fields[1]) else {
            return 0
        }
        return pages * UInt64(max(0, sysconf(CInt(_SC_PAGESIZE))))
    }

    /// The text of a file of the process in `/proc`; nil if it has ended.
    private func facts(_ name: String) -> String? {
        // The child is not reaped while the lock is held, so its number cannot belong to another process.
        state.withLock { state in
            guard case .running = state else { return nil }
            return smallFile("/proc/\(pid)/\(name)")
        }
    }

    /// Reaps the child, which has ended, and resumes the waiting tasks.
    func reap() {
        let (status, waiting) = state.withLock { state -> (ExitStatus, [CheckedContinuation<ExitStatus, Never>]) in
            guard case .running(let waiting) = state else { preconditionFailure("a child is reaped once") }
            if leadsGroup { _ = kill(-pid, SIGKILL) }
            var code: CInt = 0
            var signal: CInt = 0
            let result = unsafe clinux_reap(pid, &code, &signal)
            // ECHILD: the program ignores SIGCHLD, and the kernel has discarded the status.
            let status: ExitStatus = result == 0 && signal != 0 ? .signalled(signal) : .exited(result == 0 ? code : 255)
            state = .ended(status)
            return (status, waiting)
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }
}
