/// Some elements of a list in which the newest come first, and the place where the next page begins.
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

    /// The page of `elements`. The query asked for one element more than `limit`.
    ///
    /// - Parameter position: Returns the place of an element in the list.
    package init(_ elements: [Element], limit: Int, position: (Element) -> PageCursor) {
        self.elements = Array(elements.prefix(limit))
        next = elements.count > limit ? self.elements.last.map(position) : nil
    }
}

/// A place in a list in which the newest come first: after the element with this time and id.
///
/// Adding or removing other elements does not change the place.
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

    /// The id of the element; its kind is that of the list's elements.
    package func id<Kind>() -> Identifier<Kind> { Identifier(high: high, low: low) }

    /// The place before the first element of every list: its time is later than any time in a list.
    package static let start = PageCursor(
        Instant(microseconds: 253_402_300_799_999_999),
        Identifier<PageCursor>(high: 0, low: 0)
    )
}
