package import Model

/// What the project's packages contain of a plan.
package struct PackagedAlready: Sendable {
    /// The packages that were made with recipes of the plan, newest first.
    package var packages: [StoredPackage]
    /// The digests of the encodings that can be copied from packages.
    package var encodings: Set<Digest>

    /// Packages and encodings that are there.
    package init(packages: [StoredPackage], encodings: Set<Digest>) {
        self.packages = packages
        self.encodings = encodings
    }
}

/// The current package of a platform, with which a plan is compared.
package struct EarlierPackage: Sendable {
    /// Identifies it.
    package var id: PackageID
    /// The plan by which it was made; nil if it cannot be read any more.
    package var plan: BatchPlan?

    /// The package `id` that was made by `plan`.
    package init(id: PackageID, plan: BatchPlan?) {
        self.id = id
        self.plan = plan
    }
}

extension BatchPlan {
    /// What jobs would do now for the package of one platform, and why.
    ///
    /// - Parameters:
    ///   - there: What is there already.
    ///   - current: The platform's current package; nil if it has none.
    package func changes(
        for package: PackagePlan,
        there: PackagedAlready,
        current: EarlierPackage?
    ) -> PlannedChanges {
        let platform: Set = [package.platform]
        let equal = equals(for: platform, among: there.packages)[package.platform]
        if let equal, equal.platform == package.platform { return PlannedChanges(action: .leave, package: equal.id) }

        let all = encodings(for: platform)
        // Where another platform has an equal package, its bytes are shared.
        let copied = Set(equal == nil ? copies(of: all, from: there.encodings) : all)
        let encoded = Set(encodings(for: platform, except: copied).map { renders[$0.render].chapter })
        let comparison = current?.plan.flatMap { PlanComparison(of: package, in: self, with: $0) }
        let planned = chapters.enumerated().map { index, chapter in
            guard encoded.contains(index) || chapter.segments.isEmpty else {
                return PlannedChanges.Chapter(number: chapter.number, title: chapter.title, action: .copy)
            }
            let found =
                comparison?.changes(ofChapter: index)
                ?? ChapterDifference(of: chapter, otherwise: "no package that is there has its audio")
            return PlannedChanges.Chapter(
                number: chapter.number,
                title: chapter.title,
                action: .encode,
                reasons: found.reasons,
                segments: found.segments
            )
        }
        var reasons: [String]
        if let comparison {
            reasons = comparison.reasons(copied: planned.filter { $0.action == .copy }.map { $0.number - 1 })
            if reasons.isEmpty, planned.allSatisfy(\.reasons.isEmpty) {
                reasons = ["this release writes other bytes for the same book"]
            }
        } else if current != nil {
            reasons = ["the plan of the current package cannot be read, so only contents were compared"]
        } else {
            reasons = ["there is no current package"]
        }
        if let equal {
            reasons.append("the package of \(equal.platform.rawValue) has the same bytes, which are shared")
        }
        let encodes = planned.contains { $0.action == .encode }
        return PlannedChanges(
            action: encodes ? .encode : .copy,
            package: current?.id,
            reasons: reasons,
            chapters: planned
        )
    }
}
