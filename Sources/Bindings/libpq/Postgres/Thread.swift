import CPQ
import Descriptors
import Glibc
import Synchronization

/// Starts a separate thread, on which libpq may block.
///
/// All signals are blocked there, because other threads of the program handle them.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    var (all, former) = (sigset_t(), sigset_t())
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &former)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &former, nil) }
    let named = Body {
        unsafe cpq_name_thread(name)
        body()
    }
    let argument = unsafe Unmanaged.passRetained(named).toOpaque()
    var thread = pthread_t()
    let result = unsafe pthread_create(
        &thread,
        &attributes,
        { argument in
            if let argument = unsafe argument { unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        },
        argument
    )
    // EAGAIN: the process can start no more threads, and a caller would wait for this one for ever.
    precondition(result == 0, "could not start a thread: error \(result)")
}

/// A doorbell that a thread can wait for together with a socket.
final class Doorbell: Sendable {
    private let counter: Descriptor

    init() {
        let number = cpq_eventfd()
        precondition(number >= 0, "could not create an eventfd: error \(errno)")
        counter = Descriptor(owning: number)
    }

    /// Ends the wait under way, or the next one if there is none.
    func ring() {
        var one: UInt64 = 1
        _ = counter.withNumber { unsafe write($0, &one, 8) }
    }

    private func silence() {
        var count: UInt64 = 0
        _ = counter.withNumber { unsafe read($0, &count, 8) }
    }

    /// What ended a wait.
    struct Wake {
        var isRung = false
        var socketIsReadable = false
        var socketIsWritable = false
        var isTimeout: Bool { !isRung && !socketIsReadable && !socketIsWritable }
    }

    /// Waits until the bell rings, `socket` is ready, or `deadline` has passed. A socket of -1 is never ready.
    func wait(socket: CInt = -1, writable: Bool = false, until deadline: ContinuousClock.Instant? = nil) -> Wake {
        while true {
            let left = deadline.map { max(0, ContinuousClock.now.duration(to: $0).milliseconds) } ?? -1
            var watched = [pollfd(fd: socket, events: Int16(writable ? POLLIN | POLLOUT : POLLIN), revents: 0)]
            let ready = counter.withNumber { counter in
                watched.append(pollfd(fd: counter, events: Int16(POLLIN), revents: 0))
                return unsafe poll(&watched, 2, CInt(clamping: left))
            }
            if ready < 0 && errno == EINTR { continue }
            if ready == 0 && CInt(clamping: left) < left { continue }
            let events = CInt(watched[0].revents)
            let wake = Wake(
                isRung: watched[1].revents != 0,
                socketIsReadable: events & ~POLLOUT != 0,
                socketIsWritable: events & POLLOUT != 0
            )
            if wake.isRung { silence() }
            return wake
        }
    }
}
