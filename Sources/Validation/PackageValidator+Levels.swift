internal import Model
internal import Platforms

extension PackageValidator {
    /// Checks the levels of each chapter. They are measured as ACX's own checker does: over the whole file, including
    /// silences.
    func checkLevels(_ levels: RulePack.Levels, _ findings: inout Findings) {
        let window = levels.rms
        let required = "required: \(window.lowerBound.text()) dB to \(window.upperBound.text()) dB"
        let loudness = findings.levels { section in
            Decibels.ofMeanSquare(section.samples > 0 ? section.energy / Double(section.samples) : 0)
        }
        let quiet = loudness.filter { $0.value < window.lowerBound }
        if let worst = quiet.min(by: { $0.value < $1.value }) {
            findings.error(
                .audioQuality,
                "RMS level too low for \(pack.name) requirements",
                "Average RMS: \(worst.text), \(required)",
                chapters: quiet.map(\.chapter)
            )
        }
        let loud = loudness.filter { $0.value > window.upperBound }
        if let worst = loud.max(by: { $0.value < $1.value }) {
            findings.error(
                .audioQuality,
                "RMS level too high for \(pack.name) requirements",
                "Average RMS: \(worst.text), \(required)",
                chapters: loud.map(\.chapter)
            )
        }
        let peaks = findings.levels { Decibels.ofPeak($0.peak) }.filter { $0.value > levels.maximumPeak }
        if let worst = peaks.max(by: { $0.value < $1.value }) {
            findings.error(
                .audioQuality,
                "Peak level too high for \(pack.name) requirements",
                "Peak: \(worst.text), required: \(levels.maximumPeak.text()) dB or lower",
                chapters: peaks.map(\.chapter)
            )
        }
        let floors = findings.levels { Decibels.ofMeanSquare($0.quietestMeanSquare) }
        let noisy = floors.filter { $0.value > levels.maximumNoiseFloor }
        if let worst = noisy.max(by: { $0.value < $1.value }) {
            findings.error(
                .audioQuality,
                "Noise floor too high for \(pack.name) requirements",
                "Quietest half second: \(worst.text), required: \(levels.maximumNoiseFloor.text()) dB or lower",
                chapters: noisy.map(\.chapter)
            )
        }
        checkSilence(&findings)
        if let roomTone = pack.roomTone?.value { checkRoomTone(roomTone, &findings) }
    }

    /// Checks for inserted silence. It is within the limit for the noise floor, but a reviewer at the platform hears
    /// it.
    private func checkSilence(_ findings: inout Findings) {
        // −120 dB: a lossy encoder may turn digital zero into very small values.
        let silent = findings.levels { Decibels.ofMeanSquare($0.quietestMeanSquare) }.filter { $0.value < -120 }
        guard !silent.isEmpty else { return }
        findings.warning(
            .audioQuality,
            "Absolute silence in place of room tone",
            "The quietest half second holds no sound at all; \(pack.name) asks for the quiet of a room",
            chapters: silent.map(\.chapter)
        )
    }

    private func checkRoomTone(_ required: RulePack.RoomTone, _ findings: inout Findings) {
        let ends = [
            ("start", required.head, findings.levels { Double($0.quietAtStart) / Double(Timeline.sampleRate) }),
            ("end", required.tail, findings.levels { Double($0.quietAtEnd) / Double(Timeline.sampleRate) }),
        ]
        for (place, window, lengths) in ends {
            let required = "required: \(window.lowerBound.text()) s to \(window.upperBound.text()) s"
            // The threshold is checked every 10 ms, so a measured length may be too short by that.
            let short = lengths.filter { $0.value < window.lowerBound - 0.01 }
            if let worst = short.min(by: { $0.value < $1.value }) {
                findings.error(
                    .audioQuality,
                    "Too little room tone at the \(place) for \(pack.name) requirements",
                    "Room tone: \(worst.value.text()) s in chapter \(worst.chapter), \(required)",
                    chapters: short.map(\.chapter)
                )
            }
            let long = lengths.filter { $0.value > window.upperBound + 0.01 }
            if let worst = long.max(by: { $0.value < $1.value }) {
                findings.warning(
                    .audioQuality,
                    "More room tone at the \(place) than \(pack.name) asks for",
                    "Room tone: \(worst.value.text()) s in chapter \(worst.chapter), \(required)",
                    chapters: long.map(\.chapter)
                )
            }
        }
    }
}

/// A level of one chapter.
private struct ChapterLevel {
    let chapter: Int
    let value: Double

    var text: String { "\(value.text()) dB in chapter \(chapter)" }
}

extension Findings {
    fileprivate func levels(_ level: (MeasuredPackage.Section) -> Double) -> [ChapterLevel] {
        chapters.map { ChapterLevel(chapter: $0.number, value: level($0.section)) }
    }
}
