internal import Model
internal import Packagers
internal import Platforms

/// Sizes that decide how a package is encoded. They are upper estimates where the size is known only after encoding.
enum PackageSize {
    /// `requested`, or the first lower rate of the platform's ladder at which the package fits; the lowest rate if it
    /// fits at none.
    ///
    /// - Parameter chapters: The whole chapters of the package. They are never split, because Kobo, the only platform
    ///   that limits a package's size, has no limit for a single file. So the package is always laid out as an EPUB.
    static func fitting(
        _ requested: AudioSpec,
        pack: RulePack,
        plan: BatchPlan,
        chapters: [BatchPlan.Render]
    ) -> AudioSpec {
        guard let maximum = pack.maximumPackageBytes?.value else { return requested }
        var spec = requested
        let layout = EPUB3Package(plan.epubContents(of: chapters, audio: spec, recipe: nil), coverCRC32: 0)
        for rate in [requested.bitRate] + pack.bitRateLadder.filter({ $0 < requested.bitRate }) {
            spec.bitRate = rate
            let bytes = chapters.map { MP3Size.bytes(samples: $0.timeline.total, bitRate: rate) }
            if layout.encoded(as: spec, audioBytes: bytes).size <= maximum { break }
        }
        return spec
    }

    /// The size of a package's audio alone.
    static func audio(of package: PackagePlan, in plan: BatchPlan) -> Int64 {
        package.renders.reduce(0) { $0 + bytes(of: plan.renders[$1].timeline, audio: package.audio) }
    }

    /// The size of one encoded file: exact for MP3, else estimated from above.
    static func bytes(of file: ChapterTimeline, audio: AudioSpec) -> Int64 {
        switch audio.codec {
        case .mp3:
            return MP3Size.bytes(samples: file.total, bitRate: audio.bitRate)
        case .aac:
            // At a target of 128k, libav's encoder produces up to 141k on speech.
            return Int64(file.total + Timeline.grid) * Int64(audio.bitRate) * 112 / 100 / 8 / Int64(Timeline.sampleRate)
        }
    }
}
