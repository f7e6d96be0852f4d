/// Some elements of a list that is newest first, and where the next ones begin.
package struct Page<Element: Sendable>: Sendable {
    /// The elements.
    package var elements: [Element]
    /// Where the next page begins; nil if this is the last.
    package var next: PageCursor?

    /// A page of these elements.
    package init(elements: [Element], next: PageCursor?) {
        self.elements = elements
        self.next = next
    }

    /// The page of `elements`, of which one more than `limit` was asked for.
    ///
    /// - Parameter position: Where in the list an element stands.
    package init(_ elements: [Element], limit: Int, position: (Element) -> PageCursor) {
        self.elements = Array(elements.prefix(limit))
        next = elements.count > limit ? self.elements.last.map(position) : nil
    }
}

/// A place in a list that is newest first: after the element with this time and id.
///
/// Elements that are added or removed elsewhere do not move it.
package struct PageCursor: Sendable, Hashable {
    /// The time of the element.
    package let at: Instant
    private let high: UInt64
    private let low: UInt64

    /// The place after the element with this time and id.
    package init<Kind>(_ at: Instant, _ id: Identifier<Kind>) {
        self.at = at
        high = id.high
        low = id.low
    }

    /// Reads what ``token`` wrote; nil for anything else.
    package init?(token: String) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), let id = Identifier<PageCursor>(parts[1]) else {
            return nil
        }
        self.init(Instant(microseconds: time), id)
    }

    /// The place as text, for a page token.
    package var token: String { "\(at.microseconds).\(Identifier<PageCursor>(high: high, low: low))" }

    /// The id of the element, of whatever kind the list's are.
    package func id<Kind>() -> Identifier<Kind> { Identifier(high: high, low: low) }

    /// Before the first element of every list: later than any time that is given here.
    package static let start = PageCursor(
        Instant(microseconds: 253_402_300_799_999_999),
        Identifier<PageCursor>(high: 0, low: 0)
    )
}
