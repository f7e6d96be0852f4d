internal import Model
internal import Platforms

/// Sizes of packages whose bytes depend on what the encoder makes: upper estimates.
enum PackageSize {
    /// `requested`, or the first lower rate of the store's ladder at which the package fits; the lowest if none does.
    static func fitting(_ requested: AudioSpec, pack: RulePack, plan: BatchPlan, roomTone: RoomTone) -> AudioSpec {
        guard let maximum = pack.maximumPackageBytes?.value else { return requested }
        let files = plan.chapters.map { ChapterTimeline(segments: $0.segments.map(\.samples), roomTone: roomTone) }
        var spec = requested
        for rate in [requested.bitRate] + pack.bitRateLadder.filter({ $0 < requested.bitRate }) {
            spec.bitRate = rate
            if epub(audio: spec, plan: plan, files: files) <= maximum { break }
        }
        return spec
    }

    /// Bytes of an EPUB with `files` of audio: the one kind of package whose store limits its size.
    static func epub(audio: AudioSpec, plan: BatchPlan, files: [ChapterTimeline]) -> Int64 {
        let cover = Int64(plan.cover?.bytes ?? 0)
        let sound = files.reduce(0) { $0 + bytes(of: $1, audio: audio) }
        // A segment's text is in one file and its clip in another, each with some markup.
        let segments = plan.chapters.flatMap(\.segments)
        let text = segments.reduce(0) { $0 + Int64(2 * ($1.text?.utf8.count ?? 0) + 512) }
        return sound + cover + text + 4096 * Int64(files.count) + 65_536
    }

    /// Bytes of a package's audio alone.
    static func audio(of package: PackagePlan, in plan: BatchPlan) -> Int64 {
        package.renders.reduce(0) { $0 + bytes(of: plan.renders[$1].timeline, audio: package.audio) }
    }

    private static func bytes(of file: ChapterTimeline, audio: AudioSpec) -> Int64 {
        switch audio.codec {
        case .mp3:
            return MP3Size.bytes(samples: file.total, bitRate: audio.bitRate)
        case .aac:
            // Asked for 128k, libav's encoder gives up to 141k on speech.
            return Int64(file.total + Timeline.grid) * Int64(audio.bitRate) * 112 / 100 / 8 / Int64(Timeline.sampleRate)
        }
    }
}
