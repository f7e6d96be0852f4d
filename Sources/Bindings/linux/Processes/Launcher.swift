internal import CLinux
internal import Descriptors
internal import Glibc
internal import Synchronization

/// Starts children and reaps them. All are started from one thread, which lives as long as any of them.
///
/// It needs one lasting thread because a child's death signal is sent when the *thread* that forked it ends, not when
/// the process ends. The thread ends when the launcher is released and its last child is reaped.
package final class Launcher: Sendable {
    private let requests: LaunchQueue

    /// Starts the thread.
    ///
    /// - Throws: ``ProcessError`` if the system has no thread or no descriptors left.
    package init() throws(ProcessError) {
        requests = try LaunchQueue()
        let requests = requests
        try BlockingThread.start(named: "launcher") { LaunchLoop(requests: requests).run() }
    }

    deinit {
        requests.close()
    }

    /// Starts a child, and returns when its program runs.
    ///
    /// - Throws: ``ProcessError`` if there is no such program, or any step before it fails; then there is no child.
    package func launch(_ specification: ChildSpecification) async throws(ProcessError) -> ChildProcess {
        let result = await withCheckedContinuation { continuation in
            requests.append(LaunchRequest(specification: specification, continuation: continuation))
        }
        return try result.get()
    }
}

/// A child that a caller waits for.
struct LaunchRequest: Sendable {
    var specification: ChildSpecification
    var continuation: CheckedContinuation<Result<ChildProcess, ProcessError>, Never>
}

/// The requests that the launcher's thread has not yet handled, and the descriptor that wakes the thread.
final class LaunchQueue: Sendable {
    private struct State {
        var requests: [LaunchRequest] = []
        var isClosed = false
    }

    let wake: Descriptor
    private let bell: Descriptor
    private let state = Mutex(State())

    init() throws(ProcessError) {
        (wake, bell) = try Descriptor.pipe()
        // If the pipe is full, another byte is not needed to wake the thread. If it is empty, reading must not wait.
        for end in [wake, bell] { end.setNonBlocking() }
    }

    func append(_ request: LaunchRequest) {
        state.withLock { $0.requests.append(request) }
        ring()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        ring()
    }

    func take() -> (requests: [LaunchRequest], isClosed: Bool) {
        var rings = [UInt8](repeating: 0, count: 64)
        _ = wake.withNumber { unsafe read($0, &rings, rings.count) }
        return state.withLock { state in
            defer { state.requests = [] }
            return (state.requests, state.isClosed)
        }
    }

    private func ring() {
        var byte: UInt8 = 0
        _ = bell.withNumber { unsafe write($0, &byte, 1) }
    }
}

/// The launcher's thread: it forks the requested children and reaps those that have ended.
private struct LaunchLoop {
    let requests: LaunchQueue
    private var children: [ChildProcess] = []

    init(requests: LaunchQueue) {
        self.requests = requests
    }

    /// Waits until there is something to do. Returns whether the queue is ready, and then the same for each child.
    private func wait() -> [Bool] {
        ([requests.wake] + children.map(\.pidfd)).withNumbers { numbers in
            var watched = numbers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // It fails only with EINTR, and then nothing is marked as ready.
            _ = unsafe poll(&watched, nfds_t(watched.count), -1)
            return watched.map { $0.revents != 0 }
        }
    }

    consuming func run() {
        var isClosed = false
        while !isClosed || !children.isEmpty {
            let isReady = wait()
            for (child, isReady) in zip(children, isReady.dropFirst()) where isReady { child.reap() }
            children.removeAll { $0.exitStatus != nil }
            guard isReady[0] else { continue }
            let taken = requests.take()
            for request in taken.requests {
                let result = Result { () throws(ProcessError) in try ChildProcess.start(request.specification) }
                if case .success(let child) = result { children.append(child) }
                request.continuation.resume(returning: result)
            }
            isClosed = taken.isClosed
        }
    }
}
