import Foundation
import Model
import Testing

@testable import Planning

@Suite("Mastering")
struct MasteringTests {
    /// Levels in dB of full scale.
    private func levels(_ level: Double, peak: Double) -> ChapterLevels {
        ChapterLevels(samples: 1000, peak: pow(10, peak / 20), energy: 1000 * pow(10, level / 10))
    }

    @Test(
        "a chapter inside the window is left alone, and so is silence",
        arguments: [
            (-22.9, -3.1), (-18.1, -6.0), (-20.0, -10.0), (-70.0, -60.0), (-200.0, -200.0),
        ]
    )
    func leavesAlone(level: Double, peak: Double) {
        #expect(Mastering(toFit: levels(level, peak: peak)) == .none)
        #expect(Mastering.none.corrected(by: levels(level, peak: peak)) == nil)
    }

    @Test("digital silence has no level and is left alone")
    func digitalSilence() {
        #expect(Mastering(toFit: ChapterLevels(samples: 1000, peak: 0, energy: 0)) == .none)
        #expect(Mastering(toFit: ChapterLevels(samples: 0, peak: 0, energy: 0)) == .none)
    }

    @Test("a quiet or loud chapter is brought to the middle of the window, with a limiter")
    func gain() {
        let quiet = Mastering(toFit: levels(-30, peak: -12))
        #expect(quiet.gainDecibels == 9.5 && quiet.limitDecibels == -3.5)
        #expect(Mastering(toFit: levels(-12, peak: 0)).gainDecibels == -8.5)
        #expect(Mastering(toFit: levels(-55, peak: -20)).gainDecibels == 30)
    }

    @Test("a chapter with only its peaks too high gets a limiter and no gain")
    func limitOnly() {
        let mastering = Mastering(toFit: levels(-20, peak: -1))
        #expect(mastering.gainDecibels == 0 && mastering.limitDecibels == -3.5)
    }

    @Test("a chapter outside the window after encoding is mastered with more headroom, in four encodings at most")
    func corrects() throws {
        let first = Mastering(toFit: levels(-30, peak: -12))
        #expect(first.corrected(by: levels(-20.8, peak: -3.2)) == nil)
        let second = try #require(first.corrected(by: levels(-24, peak: -2.8)))
        #expect(second.gainDecibels == 13 && second.limitDecibels == -4.2)
        let third = try #require(second.corrected(by: levels(-20, peak: -2.9)))
        #expect(third.gainDecibels == 13 && third.limitDecibels == -5)
        let fourth = try #require(third.corrected(by: levels(-20, peak: -2.9)))
        #expect(fourth.corrected(by: levels(-20, peak: -2.9)) == nil)
    }

    @Test("a plan masters each chapter by its measured levels, and masters none if mastering is off")
    func inPlan() throws {
        var book = BookSnapshot.complete
        let plan = try BatchPlan(of: book, for: [.acx], encoderBuild: "test")
        #expect(plan.renders.allSatisfy { $0.limitDecibels != nil || $0.gainDecibels == 0 })
        #expect(plan.renders[0].gainDecibels != 0)
        book.settings.mastering = .off
        let off = try BatchPlan(of: book, for: [.acx], encoderBuild: "test")
        #expect(off.renders.allSatisfy { $0.gainDecibels == 0 && $0.limitDecibels == nil })
    }
}
