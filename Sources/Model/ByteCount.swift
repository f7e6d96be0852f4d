/// A number of bytes in words for people, such as `1.3 GiB`.
package struct ByteCount: Sendable, Hashable, CustomStringConvertible {
    /// The bytes.
    package var bytes: Int64

    /// This many bytes.
    package init(_ bytes: Int64) { self.bytes = bytes }

    /// The number in the largest unit of which there is at least one, with one digit after the point below 10. It is
    /// rounded down.
    package var description: String {
        guard bytes >= 1024 else { return "\(bytes) bytes" }
        var (unit, name) = (Int64(1024), "KiB")
        for next in ["MiB", "GiB", "TiB"] where bytes / unit >= 1024 { (unit, name) = (unit * 1024, next) }
        let whole = bytes / unit
        return whole < 10 ? "\(whole).\(bytes % unit * 10 / unit) \(name)" : "\(whole) \(name)"
    }
}
