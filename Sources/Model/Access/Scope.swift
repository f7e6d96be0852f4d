/// What a token lets its holder do.
package enum Scope: String, Sendable, Hashable, Comparable, CaseIterable {
    /// See books, jobs and packages, and download.
    case read
    /// Make and change books and packages.
    case package
    /// Decide who in the tenant may do what, and see who did.
    case admin

    /// Orders them as they are listed here.
    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
