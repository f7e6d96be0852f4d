/// What a user may do with a project. Each role includes those before it.
package enum ProjectRole: String, Sendable, Hashable, Comparable, CaseIterable {
    /// See the book, its jobs and its packages, and download them.
    case reader
    /// Make, check, archive and delete packages.
    case packager
    /// Change and delete the book, and decide who has a role.
    case owner

    /// Whether `right` includes all of `left` and more.
    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
