internal import Model
internal import Platforms

/// Checks a book against one platform's rules.
struct RequirementCheck {
    typealias Requirement = Readiness.Requirement

    let book: BookSnapshot
    let pack: RulePack
    let package: PackagePlan

    /// Every requirement, in the order of ``Readiness/Requirement/ID``.
    var requirements: [Requirement] {
        Requirement.ID.allCases.map { id in
            switch id {
            case .title: named(id, [book.metadata.title], "the book has no title")
            case .author: named(id, book.metadata.authors, "the book has no author")
            case .narrator: named(id, book.metadata.narrators, "the book has no narrator")
            case .cover: Requirement(id: id, isMet: book.cover != nil, details: book.cover == nil ? noCover : nil)
            case .coverSize: coverSize
            case .audio: audio
            case .chapters: chapters
            case .audioBitRate: bitRate
            case .audioSampleRate: equal(id, pack.audio.value.sampleRate, package.audio.sampleRate)
            case .audioChannels: equal(id, pack.audio.value.channels, package.audio.channels)
            case .fileSize: fileSize
            }
        }
    }

    private var noCover: String { "the book has no cover" }

    private func named(_ id: Requirement.ID, _ values: [String], _ problem: String) -> Requirement {
        let isMet = values.contains { $0.contains { !$0.isWhitespace } }
        return Requirement(id: id, isMet: isMet, details: isMet ? nil : problem)
    }

    private func equal(_ id: Requirement.ID, _ expected: Int, _ actual: Int) -> Requirement {
        Requirement(
            id: id,
            isMet: expected == actual,
            details: nil,
            expected: .number(Double(expected)),
            actual: .number(Double(actual))
        )
    }

    private var coverSize: Requirement {
        let minimum = pack.coverMinimum.value
        var requirement = Requirement(id: .coverSize, isMet: false, expected: .text("\(minimum)x\(minimum)"))
        guard let cover = book.cover else {
            requirement.details = noCover
            return requirement
        }
        requirement.actual = .text("\(cover.width)x\(cover.height)")
        if min(cover.width, cover.height) < minimum {
            requirement.details =
                "the cover is \(cover.width)x\(cover.height) pixels, \(pack.name) takes \(minimum)x\(minimum) or more"
        } else if let maximum = pack.coverMaximum?.value, max(cover.width, cover.height) > maximum {
            requirement.details =
                "the cover is \(cover.width)x\(cover.height) pixels, \(pack.name) takes \(maximum)x\(maximum) or less"
        } else {
            requirement.isMet = true
        }
        return requirement
    }

    /// Met if no chapter lacks audio. Audio that was refused is named with the reason; if earlier audio stands where new
    /// audio was named, that is said, too.
    private var audio: Requirement {
        let missing = book.chapters.count { !$0.hasCompleteAudio }
        guard missing > 0 else {
            let isMet = !book.chapters.isEmpty
            let waiting = book.chapters.reduce(0) { $0 + $1.segments.count(where: \.awaitsAudio) }
            let earlier =
                waiting == 0
                ? nil
                : "\(Words.count(waiting, "segment")) with earlier audio, because the new audio was not received"
            return Requirement(id: .audio, isMet: isMet, details: isMet ? earlier : "the book has no chapters")
        }
        let refused = book.chapters.enumerated().flatMap { number, chapter in
            chapter.segments.enumerated().compactMap { place, segment in
                segment.refusal.map { "chapter \(number + 1) \"\(chapter.title)\", segment \(place + 1): \($0)" }
            }
        }
        let summary = "\(Words.count(missing, "chapter")) missing audio"
        guard !refused.isEmpty else { return Requirement(id: .audio, isMet: false, details: summary) }
        let details = "\(summary); refused audio: \(Words.list(refused, limit: 3))"
        return Requirement(id: .audio, isMet: false, details: details)
    }

    /// Met if there are chapters, each has segments, and each segment has text or audio, be it audio that was refused.
    /// If the platform needs the text, every segment of the book proper must have text. Credits need none, because they
    /// are spoken only for the audiobook and are in no manuscript; their title is shown.
    private var chapters: Requirement {
        guard !book.chapters.isEmpty else {
            return Requirement(id: .chapters, isMet: false, details: "the book has no chapters")
        }
        var problems: [String] = []
        for (index, chapter) in book.chapters.enumerated() {
            let name = "chapter \(index + 1) \"\(chapter.title)\""
            if chapter.segments.isEmpty {
                problems.append("\(name) has neither text nor audio")
                continue
            }
            let silent = chapter.segments.count { $0.text == nil && $0.audio == nil && $0.refusal == nil }
            let untold = chapter.segments.count { $0.text == nil }
            if silent > 0 {
                problems.append("\(name) has \(Words.count(silent, "segment")) with neither text nor audio")
            } else if pack.text.value, chapter.kind == .chapter, untold > 0 {
                problems.append("\(name) has \(Words.count(untold, "segment")) without text, which \(pack.name) shows")
            }
        }
        let details = problems.isEmpty ? nil : Words.list(problems, limit: 3)
        return Requirement(id: .chapters, isMet: problems.isEmpty, details: details)
    }

    private var bitRate: Requirement {
        let actual = package.requestedBitRate ?? package.audio.bitRate
        var requirement = Requirement(
            id: .audioBitRate,
            isMet: false,
            expected: .text(pack.audio.value.bitRateText),
            actual: .text("\(actual / 1000)k")
        )
        if actual < pack.minimumBitRate {
            requirement.details = "\(pack.name) takes \(pack.minimumBitRate / 1000)k or more"
        } else if !isEncodable(actual) {
            requirement.details = "\(pack.audio.value.codec.rawValue) has no bit rate of \(actual / 1000)k here"
        } else {
            requirement.isMet = true
        }
        if package.requestedBitRate != nil {
            requirement.actual = .text(package.audio.bitRateText)
            let limit = pack.maximumPackageBytes?.value ?? 0
            requirement.details =
                requirement.details ?? "lowered from \(actual / 1000)k to keep the package within \(limit) bytes"
        }
        return requirement
    }

    private func isEncodable(_ bitRate: Int) -> Bool {
        switch pack.audio.value.codec {
        case .mp3: AudioSpec.bitRates.contains(bitRate)
        // One channel of AAC-LC has at most 6,144 bits a frame: 264 kbit/s at 44,100 Hz.
        case .aac: (32_000...256_000).contains(bitRate) && bitRate.isMultiple(of: 1000)
        }
    }

    private var fileSize: Requirement {
        Requirement(
            id: .fileSize,
            isMet: package.oversize.isEmpty,
            details: package.oversize.isEmpty ? nil : Words.list(package.oversize, limit: 3),
            expected: pack.maximumPackageBytes.map { .number(Double($0.value)) },
            actual: .number(Double(package.size))
        )
    }
}
