internal import Concurrency
internal import Descriptors
internal import Glibc
internal import Processes
internal import Synchronization

/// One running worker: its process, why we ended it if we did, and its progress.
final class WorkerProcess: Sendable {
    /// Why we ended the worker. It is stored so that our own signal is not taken for a crash.
    enum Intent: Sendable, Hashable {
        /// It has given its result.
        case finished
        /// No task waits for it any more.
        case cancelled
        /// It has made no progress for the stall limit.
        case stalled
        /// It has used up its time.
        case overdue
        /// It could not do its task, sent something that our worker never sends, or a file for it could not be opened.
        case unusable
        /// It closed its stream without a result, but did not exit.
        case silent
    }

    private struct State {
        var intent: Intent?
        var beats = 0
    }

    let child: ChildProcess
    /// Our end of the stream. Only one thread uses it.
    let socket: Descriptor
    private let errors: Descriptor
    private let state = Mutex(State())

    private init(child: ChildProcess, socket: Descriptor, errors: Descriptor) {
        self.child = child
        self.socket = socket
        self.errors = errors
    }

    /// Starts a worker, which then waits for its call.
    static func start(
        _ configuration: WorkerConfiguration,
        _ limits: TaskLimits,
        _ launcher: Launcher
    ) async throws(ProcessError) -> WorkerProcess {
        let (ours, theirs) = try Descriptor.socketPair()
        let errors = try Descriptor.pipe()
        // Output that does not fit into the pipe is lost. A worker that floods its standard error must not wait for us,
        // and we must not wait for it.
        for end in [errors.read, errors.write] { end.setNonBlocking() }
        let child = try await launcher.launch(
            ChildSpecification(
                executable: configuration.executable,
                // The worker itself changes to its user after its libraries are loaded, because that user may not be
                // able to read them.
                arguments: configuration.user.map { ["--user", "\($0.uid):\($0.gid)"] } ?? [],
                // Swift's own crash handler starts a program, which the confinement refuses, and hides the cause.
                environment: ["SWIFT_BACKTRACE": "enable=no"].merging(Sanitizer.environment) { $1 },
                descriptors: [
                    (child: STDIN_FILENO, parent: theirs),
                    (child: STDOUT_FILENO, parent: theirs),
                    (child: STDERR_FILENO, parent: errors.write),
                ],
                workingDirectory: "/",
                limits: limits.specification(configuration),
                niceness: configuration.niceness
            )
        )
        return WorkerProcess(child: child, socket: ours, errors: errors.read)
    }

    /// Why it was ended; nil if it ended by itself or still runs.
    var intent: Intent? { state.withLock { $0.intent } }

    /// The number of times that there was progress.
    var beats: Int { state.withLock { $0.beats } }

    /// Notes progress.
    func beat() {
        state.withLock { $0.beats += 1 }
    }

    /// Kills the worker and all processes that it started. Only the first intent counts. It has no effect on a worker
    /// that has ended.
    func end(_ intent: Intent) {
        state.withLock { state in
            guard child.exitStatus == nil else { return }
            state.intent = state.intent ?? intent
        }
        child.signalGroup(SIGKILL)
    }

    /// The last lines that it wrote to its standard error. To be read once, after it has ended.
    func lastLines() -> [String] {
        let text = String(decoding: errors.readTail(limit: 4096), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).map { sanitized(String($0)) }
    }
}

/// A worker's text, made safe for a message: one short line. An attacker who controls a worker could choose the text.
func sanitized(_ words: String) -> String {
    let line = words.unicodeScalars.prefix(300).map { $0.properties.generalCategory == .control ? " " : Character($0) }
    return String(line)
}
