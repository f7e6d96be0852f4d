/// A point in time, exact to the microsecond, as Postgres keeps it.
package struct Instant: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
    package let microseconds: Int64

    /// The instant this many microseconds after 1970-01-01T00:00:00Z.
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Whether `left` comes before `right`.
    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// The instant `duration` later. Parts of a microsecond are dropped.
    package static func + (instant: Self, duration: Duration) -> Self {
        let (seconds, attoseconds) = duration.components
        return Self(microseconds: instant.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// The time from `right` to `left`; negative if `left` comes first.
    package static func - (left: Self, right: Self) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    /// RFC 3339 in UTC, such as `2025-12-23T10:30:00Z`; with six digits of fraction if it is not zero.
    package var description: String {
        let (seconds, fraction) = microseconds.quotientAndRemainderFlooring(dividingBy: 1_000_000)
        let (days, secondOfDay) = seconds.quotientAndRemainderFlooring(dividingBy: 86_400)
        let (year, month, day) = Self.civil(daysSince1970: days)
        let text =
            "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
            + "T\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))"
        return fraction == 0 ? text + "Z" : text + ".\(padded(fraction, 6))Z"
    }

    /// The hour and the minute in UTC at which the instant has surely come, such as `14:33` for 14:32:07.
    package var minute: String {
        let minutes = (microseconds + 59_999_999).quotientAndRemainderFlooring(dividingBy: 60_000_000).quotient
        let minuteOfDay = minutes.quotientAndRemainderFlooring(dividingBy: 1440).remainder
        return "\(padded(minuteOfDay / 60, 2)):\(padded(minuteOfDay % 60, 2))"
    }

    /// The date of a day in the Gregorian calendar. The computation counts in eras of 400 years that begin on 1 March.
    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainderFlooring(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    /// Division that rounds toward negative infinity, so that the remainder is never negative.
    fileprivate func quotientAndRemainderFlooring(dividingBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
