// Messages that have a JSON form of their own.

extension ProtoTimestamp {
    /// Writes the time by RFC 3339 in UTC, with three, six or nine digits of fraction where it has one.
    public func writeJSON(to json: inout JSONWriter) {
        let day = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        let second = Int((seconds % 86_400 + 86_400) % 86_400)
        let (year, month, dayOfMonth) = civilDate(daysSince1970: Int(day))
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        let time = "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        json.value("\(date)T\(time)\(fraction(nanos))Z")
    }
}

extension ProtoDuration {
    /// Writes the seconds with a trailing "s", as protobuf's JSON does: `1.500s`.
    public func writeJSON(to json: inout JSONWriter) {
        let sign = seconds < 0 || nanos < 0 ? "-" : ""
        json.value("\(sign)\(seconds.magnitude)\(fraction(Int32(clamping: nanos.magnitude)))s")
    }
}

/// ".5" padded with zeros to three, six or nine digits; empty for zero.
private func fraction(_ nanos: Int32) -> String {
    guard nanos > 0 else { return "" }
    let digits = padded(Int(nanos), 9)
    if nanos % 1_000_000 == 0 { return "." + digits.prefix(3) }
    if nanos % 1_000 == 0 { return "." + digits.prefix(6) }
    return "." + digits
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// The Gregorian date of a day. Years are counted from 1 March, so that the leap day is the last day of a year.
private func civilDate(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    let days = daysSince1970 + 719_468  // since 1 March of the year 0
    let era = (days >= 0 ? days : days - 146_096) / 146_097  // 400 years have 146,097 days
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153  // months since March
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
}
