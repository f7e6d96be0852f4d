internal import Model

/// Some rows of a list that is newest first, and where the next ones begin.
public struct Page<Element: Sendable>: Sendable {
    /// The rows.
    public var elements: [Element]
    /// Where the next page begins; nil if this is the last.
    public var next: PageCursor?

    /// A page of rows.
    public init(elements: [Element], next: PageCursor?) {
        self.elements = elements
        self.next = next
    }

    /// The page of `rows`, of which one more than `limit` was asked for.
    init(_ rows: [Element], limit: Int, position: (Element) -> PageCursor) {
        elements = Array(rows.prefix(limit))
        next = rows.count > limit ? elements.last.map(position) : nil
    }
}

/// A place in a list that is newest first: after the row with this time and id.
///
/// Rows that are added or removed elsewhere do not move it.
public struct PageCursor: Sendable, Hashable {
    let at: Instant
    let high: UInt64
    let low: UInt64

    init<Kind>(_ at: Instant, _ id: Identifier<Kind>) {
        self.at = at
        high = id.high
        low = id.low
    }

    /// Reads what ``token`` wrote; nil for anything else.
    public init?(token: String) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), let id = Identifier<PageCursor>(parts[1]) else {
            return nil
        }
        self.init(Instant(microseconds: time), id)
    }

    /// The place as text, for a page token.
    public var token: String { "\(at.microseconds).\(Identifier<PageCursor>(high: high, low: low))" }

    /// The id, of whatever kind the list's are.
    func id<Kind>() -> Identifier<Kind> { Identifier(high: high, low: low) }

    /// Before the first row of every list: later than any time Postgres is given here.
    static let start = PageCursor(
        Instant(microseconds: 253_402_300_799_999_999),
        Identifier<PageCursor>(high: 0, low: 0)
    )
}
