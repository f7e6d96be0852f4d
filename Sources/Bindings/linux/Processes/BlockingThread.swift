internal import CLinux
internal import Glibc

/// Threads for work that blocks, which the cooperative pool must not.
package enum BlockingThread {
    /// Runs `body` on a thread of its own and returns when it has.
    ///
    /// Each call is a thread: whoever calls bounds how many there are. Cancelling the waiting task changes nothing.
    ///
    /// - Parameter name: What tools show; 15 bytes of it are kept.
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

    /// Starts a thread that runs `body` and ends. Nobody waits for it.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(ProcessError) {
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
