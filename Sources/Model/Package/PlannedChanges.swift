/// What packaging would do now for one platform, chapter by chapter, and why.
package struct PlannedChanges: Sendable, Hashable {
    /// What would be done for a package or a chapter.
    package enum Action: Sendable, Hashable {
        /// Nothing: what is there is the answer.
        case leave
        /// Its encoded audio is copied from a package that is there.
        case copy
        /// Its audio is encoded.
        case encode
    }

    /// What would be done for one chapter.
    package struct Chapter: Sendable, Hashable {
        /// The place in the book, from 1.
        package var number: Int
        /// Its title.
        package var title: String
        /// Whether it is copied or encoded.
        package var action: Action
        /// Why it is encoded, such as "segment 3 has other audio"; empty for a chapter that is copied.
        package var reasons: [String]
        /// The segments that the reasons name, at most ``mostSegments``.
        package var segments: [SegmentID]

        /// The most segments that are named.
        package static let mostSegments = 100

        /// A chapter with these values.
        package init(number: Int, title: String, action: Action, reasons: [String] = [], segments: [SegmentID] = []) {
            self.number = number
            self.title = title
            self.action = action
            self.reasons = reasons
            self.segments = Array(segments.prefix(Self.mostSegments))
        }
    }

    /// ``Action/leave`` if a package that is there is the answer; ``Action/copy`` if a new version is made and nothing is
    /// encoded for it.
    package var action: Action
    /// The package that is the answer; otherwise the current package, with which the book was compared. Nil if there is
    /// none.
    package var package: PackageID?
    /// Why a new version is made, as far as that concerns more than one chapter.
    package var reasons: [String]
    /// In the order of the book; empty with ``Action/leave``.
    package var chapters: [Chapter]

    /// Changes with these values.
    package init(action: Action, package: PackageID?, reasons: [String] = [], chapters: [Chapter] = []) {
        self.action = action
        self.package = package
        self.reasons = reasons
        self.chapters = chapters
    }
}
