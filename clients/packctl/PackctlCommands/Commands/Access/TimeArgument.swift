internal import Foundation
internal import Protobuf

/// Times as users write them in options.
enum TimeArgument {
    /// The instant of `text`: a date, which begins at midnight in UTC, or RFC 3339; nil if there is no text.
    ///
    /// - Throws: ``Complaint`` that names `option`.
    static func time(_ text: String?, option: String) throws(Complaint) -> ProtoTimestamp? {
        guard let text else { return nil }
        let full = text.contains("T") ? text : text + "T00:00:00Z"
        guard let date = (try? Date(full, strategy: .iso8601)) ?? Self.withFraction(full) else {
            throw Complaint(
                .usage,
                "\(option) \"\(text)\" is not a time",
                hint: "Write a date such as 2026-12-01, or a time such as 2026-12-01T08:00:00Z."
            )
        }
        let seconds = date.timeIntervalSince1970.rounded(.down)
        return ProtoTimestamp(
            seconds: Int64(seconds),
            nanos: Int32(((date.timeIntervalSince1970 - seconds) * 1e6).rounded(.down)) * 1000
        )
    }

    private static func withFraction(_ text: String) -> Date? {
        try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
