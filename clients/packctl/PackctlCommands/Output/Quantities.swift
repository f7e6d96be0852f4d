internal import Foundation

/// Sizes and lengths in a form for people.
enum Quantities {
    /// Bytes in the unit that suits them, by powers of 1,000: "820 bytes", "379 kB", "12.3 MB", "1.5 GB".
    static func size(_ bytes: some BinaryInteger) -> String {
        guard bytes >= 1000 else { return count(bytes, "byte") }
        var (value, units) = (Double(bytes) / 1000, ["kB", "MB", "GB", "TB"][...])
        // A value that would be rounded to a thousand is shown in the next unit.
        while units.count > 1, value >= 999.5 {
            value /= 1000
            units.removeFirst()
        }
        let unit = units.first ?? ""
        return String(format: unit == "kB" ? "%.0f" : "%.1f", value) + " " + unit
    }

    /// Bytes that were told in millions: as ``size(_:)``, or "?" if they are no size.
    static func size(megabytes: Double) -> String {
        guard megabytes.isFinite, megabytes >= 0, megabytes < 1e12 else { return "?" }
        return size(Int64((megabytes * 1_000_000).rounded()))
    }

    /// The part of a limit that is used, such as "43%"; nil without a limit, or if it is none.
    static func share(_ used: Int64, of limit: Int64) -> String? {
        guard limit > 0, used >= 0 else { return nil }
        let percent = (Double(used) / Double(limit) * 100).rounded(.up)
        return percent > 9999 ? "more than 9999%" : "\(Int(percent))%"
    }

    /// Hours, minutes and seconds, such as "2:05" or "1:02:05".
    static func length(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        let whole = Int(seconds.rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0 ? "\(hours):\(twoDigits(minutes)):\(twoDigits(rest))" : "\(minutes):\(twoDigits(rest))"
    }

    /// "1 segment", "2 segments".
    static func count(_ count: some BinaryInteger, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    /// A number with commas between thousands: "1,000,000".
    static func grouped(_ number: some BinaryInteger) -> String {
        var (digits, groups) = (String(number.magnitude)[...], [String]())
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = digits.dropLast(3)
        }
        return (number < 0 ? "-" : "") + ([String(digits)] + groups).joined(separator: ",")
    }

    static func twoDigits(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
}

/// Times in a form for people: relative to now if they are near, otherwise local date and time.
struct TimeText: Sendable {
    var now = Date()
    var calendar = Calendar.current

    /// Such as "3 min ago", "in 23 h" or "2026-12-22 10:35".
    func relative(_ date: Date) -> String {
        let seconds = date.timeIntervalSince(now)
        let amount: String
        switch abs(seconds) {
        case ..<45: return seconds > 0 ? "in a moment" : "just now"
        case ..<(90 * 60): amount = "\(max(1, Int((abs(seconds) / 60).rounded()))) min"
        case ..<(36 * 3600): amount = "\(Int((abs(seconds) / 3600).rounded())) h"
        // Packages are kept for 90 days at most.
        case ..<(100 * 86_400): amount = Quantities.count(Int((abs(seconds) / 86_400).rounded()), "day")
        default: return local(date)
        }
        return seconds > 0 ? "in \(amount)" : "\(amount) ago"
    }

    /// Local date and time, such as "2026-12-22 10:35".
    func local(_ date: Date) -> String {
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
        let two = { (value: Int?) in Quantities.twoDigits(value ?? 0) }
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day)) \(two(parts.hour)):\(two(parts.minute))"
    }

    /// Such as "1:20 left" or "2 h 05 min left"; nil once the time is over.
    func left(until date: Date) -> String? {
        let interval = date.timeIntervalSince(now).rounded()
        guard interval > 0, interval < 1_000_000 else { return nil }
        let seconds = Int(interval)
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        if hours > 0 { return "\(hours) h \(Quantities.twoDigits(minutes)) min left" }
        return "\(minutes):\(Quantities.twoDigits(seconds % 60)) left"
    }
}
