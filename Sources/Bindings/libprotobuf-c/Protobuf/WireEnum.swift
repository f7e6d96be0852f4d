/// An enum of the wire. It is open: an unknown number from a newer peer is kept.
public protocol WireEnum: Sendable, Hashable {
    /// The value with this number; never fails.
    init(rawValue: Int32)

    /// The number on the wire.
    var rawValue: Int32 { get }

    /// The value's name in lower case, without the enum's name in front of it, such as `downloading_audio`; nil for a
    /// number that this build does not know.
    var word: String? { get }
}
