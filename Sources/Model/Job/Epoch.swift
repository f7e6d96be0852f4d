/// The number of an attempt of a job. Every write of an attempt carries it, so that an attempt that lost its lease
/// cannot write.
package struct Epoch: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The number, from one sequence for the whole database.
    package let value: Int64

    /// The epoch with this number.
    package init(_ value: Int64) { self.value = value }

    /// Whether `left` was claimed before `right`.
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    /// The number in decimal.
    package var description: String { String(value) }
}
