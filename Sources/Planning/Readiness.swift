package import Model
internal import Platforms

extension Readiness {
    /// Checks `book` against the rule packs of all platforms.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` if the book's texts or cover do not fit into a package.
    package init(checking book: BookSnapshot) throws(PackagingError) {
        let plan = try BatchPlan(of: book, for: Platform.allCases, encoderBuild: "")
        let incomplete = book.chapters.filter { !$0.hasCompleteAudio }
        let segments = book.chapters.flatMap(\.segments)
        let enabled = Set(book.settings.platforms ?? Platform.allCases)
        let platforms = plan.packages.map { package in
            let pack = RulePack.pack(for: package.platform)
            return PlatformReadiness(
                platform: pack.platform,
                name: pack.name,
                isEnabled: enabled.contains(pack.platform),
                requirements: RequirementCheck(book: book, pack: pack, package: package).requirements
            )
        }
        self.init(
            completion: Completion(
                totalChapters: book.chapters.count,
                chaptersWithCompleteAudio: book.chapters.count - incomplete.count,
                totalSegments: segments.count,
                segmentsWithAudio: segments.count { $0.audio != nil }
            ),
            platforms: platforms,
            missingChapters: incomplete.map(\.id),
            missingSegments: segments.filter { $0.audio == nil }.map(\.id)
        )
    }
}

extension BookSnapshot.Chapter {
    /// Whether there are segments and every segment has audio.
    var hasCompleteAudio: Bool {
        !segments.isEmpty && segments.allSatisfy { $0.audio != nil }
    }
}
