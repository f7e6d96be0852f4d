/// The name of a call in logs.
enum CallID {
    /// The longest name that a caller may choose.
    private static let longest = 64

    /// The name that the caller chose, if it is safe to write into a log.
    static func chosen(in metadata: Metadata) -> String? {
        if let id = metadata["call-id"], (1...longest).contains(id.utf8.count), id.utf8.allSatisfy(isPlain) {
            return id
        }
        // W3C Trace Context: version, trace, parent and flags. A trace of only zeros does not count.
        let parts = metadata["traceparent"]?.split(separator: "-", omittingEmptySubsequences: false) ?? []
        guard parts.count >= 4, parts[1].utf8.count == 32, parts[1].allSatisfy(\.isHexDigit),
            parts[1].contains(where: { $0 != "0" })
        else { return nil }
        return String(parts[1])
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
