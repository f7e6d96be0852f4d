import Glibc
import Model
import Processes

/// The clock of this machine.
enum SystemClock {
    /// The present time.
    static var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Whether the kernel reports that the clock is synchronised; nil if the kernel does not tell.
    static var isSynchronised: Bool? { ClockDiscipline.isSynchronised }
}
