internal import Foundation

/// Sizes and lengths as people read them.
enum Quantities {
    /// Megabytes of 1,000,000 bytes with one decimal, such as "12.3 MB". Never "0.0 MB" for what is not empty.
    static func megabytes(_ bytes: some BinaryInteger) -> String {
        guard bytes > 0 else { return "0 MB" }
        let tenths = max(1, (Int64(bytes) + 50_000) / 100_000)
        return "\(tenths / 10).\(tenths % 10) MB"
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

    static func twoDigits(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
}

/// Times as people read them: relative to now while that is near, otherwise local date and time.
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
        case ..<(14 * 86_400): amount = Quantities.count(Int((abs(seconds) / 86_400).rounded()), "day")
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
        let seconds = Int(date.timeIntervalSince(now).rounded())
        guard seconds > 0, seconds < 1_000_000 else { return nil }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        if hours > 0 { return "\(hours) h \(Quantities.twoDigits(minutes)) min left" }
        return "\(minutes):\(Quantities.twoDigits(seconds % 60)) left"
    }
}
