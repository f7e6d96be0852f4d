import Glibc
import Model
import Processes

/// The clock of this machine.
enum SystemClock {
    /// What it shows.
    static var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Whether the kernel says that it is synchronised; nil if it does not say.
    static var isSynchronised: Bool? { ClockDiscipline.isSynchronised }
}
