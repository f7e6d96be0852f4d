internal import CLinux

/// The kernel's knowledge of its clock.
package enum ClockDiscipline {
    /// Whether the clock is kept in time with a server, by NTP or otherwise; nil if the kernel does not say.
    package static var isSynchronised: Bool? {
        let result = clinux_clock_is_synchronised()
        return result < 0 ? nil : result > 0
    }
}
