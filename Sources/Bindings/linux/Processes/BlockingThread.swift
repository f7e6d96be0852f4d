internal import CLinux
internal import Glibc

/// Threads for work that blocks, because the cooperative pool must not be blocked.
package enum BlockingThread {
    /// Runs `body` on its own thread and returns when `body` has returned.
    ///
    /// Each call starts a thread, so the caller must limit their number. Cancelling the waiting task has no effect.
    ///
    /// - Parameter name: The name that tools show; 15 bytes of it are kept.
    /// - Throws: What `body` throws, or ``ProcessError`` if the system has no thread left.
    package static func run<R: Sendable>(
        named name: String,
        _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try start(named: name) { continuation.resume(with: Result(catching: body)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Starts a thread that runs `body` and ends. Nothing waits for it.
    ///
    /// - Throws: ``ProcessError`` if the system has no thread left.
    package static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(ProcessError) {
        let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
                unsafe clinux_name_thread(body.name)
                body.run()
                return nil
            },
            box.toOpaque()
        )
        guard result == 0 else {
            unsafe box.release()
            throw ProcessError("start the thread \"\(name)\"", result)
        }
        pthread_detach(thread)
    }
}

private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}
