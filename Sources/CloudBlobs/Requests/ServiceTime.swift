import Glibc
import HTTP
import Model

/// Times as services write them.
enum ServiceTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The time of an answer, by the service's clock; nil if it does not tell.
    static func of(_ response: HTTPResponse) -> Instant? { response["Date"].flatMap(http) }

    /// A time as in a field of HTTP, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
    static func http(_ text: String) -> Instant? {
        guard
            let parts = text.wholeMatch(of: /[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT/)?
                .output,
            let month = months.firstIndex(of: String(parts.2))
        else { return nil }
        return instant([parts.3, "\(month + 1)", parts.1, parts.4, parts.5, parts.6])
    }

    /// A time as in RFC 3339, in UTC. Fractions of a second do not count.
    static func rfc3339(_ text: String) -> Instant? {
        guard let parts = text.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z/)?.output else {
            return nil
        }
        return instant([parts.1, parts.2, parts.3, parts.4, parts.5, parts.6])
    }

    /// The time with this year, month, day, hour, minute and second.
    private static func instant(_ parts: [Substring]) -> Instant? {
        let numbers = parts.compactMap { Int32($0) }
        guard numbers.count == 6 else { return nil }
        var fields = unsafe tm()
        unsafe fields.tm_year = numbers[0] - 1900
        unsafe fields.tm_mon = numbers[1] - 1
        unsafe fields.tm_mday = numbers[2]
        unsafe fields.tm_hour = numbers[3]
        unsafe fields.tm_min = numbers[4]
        unsafe fields.tm_sec = numbers[5]
        return Instant(microseconds: Int64(unsafe timegm(&fields)) * 1_000_000)
    }
}
