import Model
import Platforms
import Testing

@testable import Services

@Suite("Limits of uploads beside the rules of platforms")
struct PlatformLimitTests {
    @Test("the largest cover that a platform takes can be measured, and so can one that is a little too large for it")
    func covers() {
        let largest = RulePack.all.compactMap { $0.coverMaximum?.value }.max() ?? 0
        #expect(largest > 0)
        #expect((largest + 100) * (largest + 100) < AudioService.coverPixelLimit)
    }

    @Test("an import accepts the default room tone of a book, and no room tone that a platform would refuse")
    func roomTone() {
        #expect(ImportChecker.roomToneLimit == RulePack.longestRoomTone)
        #expect(UsualRoomTone.mostSeconds == RulePack.longestRoomTone)
        #expect(UsualRoomTone.tailSeconds <= ImportChecker.roomToneLimit)
    }
}
