internal import Foundation
internal import Model
internal import Platforms

/// The reasons why a platform may refuse a package that is made as planned, as far as they are known beforehand.
enum Rejections {
    static func foreseen(
        for package: PackagePlan,
        pack: RulePack,
        plan: BatchPlan,
        book: BookSnapshot
    ) -> [String] {
        var rejections: [String] = []
        if plan.book.digitalVoice, pack.digitalVoice.value == .refused {
            rejections.append(
                "\(pack.name) refuses synthetic narration that it has not authorised: the package may meet the file "
                    + "specification and is not eligible"
            )
        }
        if pack.credits.value {
            let kinds = Set(book.chapters.map(\.kind))
            for (kind, name) in [(ChapterKind.openingCredits, "opening"), (.closingCredits, "closing")]
            where !kinds.contains(kind) {
                rejections.append("\(pack.name) asks for \(name) credits as a file of their own")
            }
        }
        if let seconds = pack.minimumBookSeconds?.value, package.samples < seconds * Timeline.sampleRate {
            rejections.append("\(pack.name) takes no book shorter than \(seconds / 60) minutes")
        }
        if let levels = pack.levels?.value, book.settings.mastering == .off {
            rejections += outside(levels, package: package, pack: pack, plan: plan, book: book)
        }
        return rejections
    }

    /// For books whose levels stay as recorded: the files whose segments are outside the platform's window.
    private static func outside(
        _ levels: RulePack.Levels,
        package: PackagePlan,
        pack: RulePack,
        plan: BatchPlan,
        book: BookSnapshot
    ) -> [String] {
        var wrongRMS: [Int] = []
        var wrongPeak: [Int] = []
        for place in package.renders {
            let render = plan.renders[place]
            let chapter = book.chapters[render.chapter]
            let measurements = chapter.segments[render.segments].compactMap { $0.audio?.measurement }
            guard measurements.count == render.segments.count else { continue }
            // Room tone adds to the length. It does not add to the energy, because it is far below the voice.
            let energy = measurements.reduce(0) { $0 + $1.energy }
            let rms = 10 * log10(max(energy / Double(render.timeline.total), 1e-20))
            let peak = 20 * log10(max(measurements.reduce(0) { max($0, $1.peak) }, 1e-10))
            let number = render.chapter + 1
            if !levels.rms.contains(rms), wrongRMS.last != number { wrongRMS.append(number) }
            if peak > levels.maximumPeak, wrongPeak.last != number { wrongPeak.append(number) }
        }
        var rejections: [String] = []
        if !wrongRMS.isEmpty {
            let window = "\(Int(levels.rms.lowerBound)) to \(Int(levels.rms.upperBound)) dB"
            rejections.append("\(pack.name) asks for \(window) RMS: outside are \(Words.chapters(wrongRMS))")
        }
        if !wrongPeak.isEmpty {
            let limit = "\(Int(levels.maximumPeak)) dB"
            rejections.append(
                "\(pack.name) asks for peaks of at most \(limit): louder are \(Words.chapters(wrongPeak))"
            )
        }
        return rejections
    }
}
