internal import Model
internal import Platforms

extension PackageValidator {
    /// The allowed ratio between the average rate of AAC and the requested rate. The encoder has no constant rate; for
    /// a target of 128 kbit/s it produces 135 to 141 on speech.
    private static let averageTolerance = 0.9...1.15

    /// Codec, bit rate, sample rate and channels of each file.
    func checkAudio(_ package: MeasuredPackage, _ findings: inout Findings) {
        guard !package.tracks.isEmpty else {
            findings.error(.structure, "The package holds no audio", "Audio files: 0, required: 1 or more")
            return
        }
        let tracks = zip(package.tracks, findings.firstChapters).map { (track: $0, chapter: $1) }
        for (track, chapter) in tracks {
            guard let damage = track.damage else { continue }
            let name = track.name.isEmpty ? "The audio" : "\"\(track.name)\""
            findings.error(
                .integrity,
                "\(name) cannot be decoded to its end",
                "Decoded: \(damage)",
                chapters: [chapter]
            )
        }
        let whole = tracks.filter { $0.track.damage == nil }
        let spec = pack.audio.value
        func check(_ message: String, _ unit: String, _ required: String, _ actual: (MeasuredPackage.Track) -> String?)
        {
            let wrong = whole.filter { actual($0.track) != nil }
            guard let first = wrong.first, let found = actual(first.track) else { return }
            findings.error(
                .audioFormat,
                message,
                "\(unit): \(found), required: \(required)",
                chapters: wrong.count == tracks.count ? [] : wrong.map(\.chapter)
            )
        }
        check("Wrong audio codec for \(pack.name)", "Codec", spec.codec.rawValue) { track in
            track.codec == spec.codec.rawValue ? nil : track.codec
        }
        check("Wrong sample rate for \(pack.name)", "Sample rate", "\(spec.sampleRate) Hz") { track in
            track.sampleRate == spec.sampleRate ? nil : "\(track.sampleRate) Hz"
        }
        check("Wrong number of channels for \(pack.name)", "Channels", "\(spec.channels)") { track in
            track.channels == spec.channels ? nil : "\(track.channels)"
        }
        check("The bit rate is not constant", "Bit rate", "the same in every frame") { track in
            let rates = track.bitRates
            return rates.lowerBound == rates.upperBound
                ? nil : "\(rates.lowerBound / 1000)k to \(rates.upperBound / 1000)k"
        }
        let least = spec.codec == .aac ? Self.averageTolerance.lowerBound : 1
        check("Bit rate too low for \(pack.name)", "Bit rate", "\(pack.minimumBitRate / 1000)k or more") { track in
            Double(track.bitRates.lowerBound) < Double(pack.minimumBitRate) * least
                ? "\(track.bitRates.lowerBound / 1000)k" : nil
        }
        guard let planned = expectation?.audio else { return }
        let tolerance = planned.codec == .aac ? Self.averageTolerance : 1...1
        check("Another bit rate than was planned", "Bit rate", planned.bitRateText) { track in
            let ratio = Double(track.bitRates.upperBound) / Double(max(1, planned.bitRate))
            return tolerance.contains(ratio) ? nil : "\(track.bitRates.upperBound / 1000)k"
        }
    }

    /// Lengths and sizes of files, of the package and of the book.
    func checkLengths(_ package: MeasuredPackage, _ findings: inout Findings) {
        let tracks = zip(package.tracks, findings.firstChapters).map { (track: $0, chapter: $1) }
        if let seconds = pack.maximumFileSeconds?.value {
            let long = tracks.filter { $0.track.samples > Int64(seconds) * Int64(Timeline.sampleRate) }
            if let longest = long.max(by: { $0.track.samples < $1.track.samples }) {
                let limit = (Int64(seconds) * Int64(Timeline.sampleRate)).duration
                findings.error(
                    .audioFormat,
                    "Audio file too long for \(pack.name)",
                    "Length: \(longest.track.samples.duration), required: \(limit) or less",
                    chapters: long.map(\.chapter)
                )
            }
        }
        if let bytes = pack.maximumFileBytes?.value {
            let sizes = Dictionary(package.members.map { ($0.name, $0.bytes) }) { first, _ in first }
            let large = tracks.map { (bytes: sizes[$0.track.name] ?? $0.track.bytes, chapter: $0.chapter) }
                .filter { $0.bytes > bytes }
            if let largest = large.max(by: { $0.bytes < $1.bytes }) {
                findings.error(
                    .audioFormat,
                    "Audio file too large for \(pack.name)",
                    "Size: \(largest.bytes) bytes, required: \(bytes) or less",
                    chapters: large.map(\.chapter)
                )
            }
        }
        if let bytes = pack.maximumPackageBytes?.value, package.bytes > bytes {
            findings.error(
                .structure,
                "Package too large for \(pack.name)",
                "Size: \(package.bytes) bytes, required: \(bytes) or less"
            )
        }
        let samples = package.tracks.reduce(0) { $0 + $1.samples }
        if let seconds = pack.minimumBookSeconds?.value, samples < Int64(seconds) * Int64(Timeline.sampleRate) {
            // A book for a demonstration is this short. The platform would refuse it, but nothing is wrong with the
            // package.
            findings.warning(
                .audioFormat,
                "The book is shorter than \(pack.name) takes",
                "Length: \(samples.duration), required: \((Int64(seconds) * Int64(Timeline.sampleRate)).duration) or more"
            )
        }
    }

    /// Checks lengths against the plan. Wrong cuts or joins are found here, whatever the encoded file itself states.
    func checkPlan(_ package: MeasuredPackage, _ findings: inout Findings) {
        guard let planned = expectation?.sections, package.tracks.allSatisfy({ $0.damage == nil }) else { return }
        guard planned.count == findings.chapters.count else {
            findings.error(
                .chapters,
                "Another number of chapters than was planned",
                "Chapters: \(findings.chapters.count), planned: \(planned.count)"
            )
            return
        }
        let wrong = zip(findings.chapters, planned).filter { $0.section.samples != $1 }
        guard let (first, length) = wrong.first else { return }
        findings.error(
            .integrity,
            "Another length than was planned",
            "Length of chapter \(first.number): \(first.section.samples) samples, planned: \(length)",
            chapters: wrong.map(\.0.number)
        )
    }
}
