package import Model
package import Validation

extension BatchPlan {
    /// What the package of `platform` must contain when it is decoded; nil if the batch has no such package.
    package func expectation(for platform: Platform) -> PackageExpectation? {
        guard let package = package(for: platform) else { return nil }
        let places = package.renders.map { renders[$0] }
        return PackageExpectation(
            book: book,
            audio: package.audio,
            sections: places.enumerated().map { index, render in
                // In an M4B the priming packet of every chapter except the first is part of the timeline.
                let priming = package.format == .m4b && index > 0 ? Timeline.grid : 0
                return Int64(render.timeline.total + priming)
            },
            chapters: places.map { chapters[$0.chapter].number }
        )
    }
}
