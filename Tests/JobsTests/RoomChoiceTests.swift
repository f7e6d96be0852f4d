import Model
import Testing

@testable import Jobs

@Suite("Packages that have room together")
struct RoomChoiceTests {
    @Test(
        "are all that fit, else those that fit beside the earlier ones, and none where none fits",
        arguments: [
            (60, [.apple, .google, .kobo]), (59, [.apple, .google]), (45, [.apple, .google]), (39, [.apple, .kobo]),
            (29, [.apple]), (5, []),
        ] as [(Int, Set<Platform>)]
    )
    func choice(room: Int, expected: Set<Platform>) {
        let sizes: [Platform: Int] = [.apple: 15, .google: 25, .kobo: 20]
        let chosen = BatchWork.choose(Set(sizes.keys)) { $0.reduce(0) { $0 + (sizes[$1] ?? 0) } <= room }
        #expect(chosen == expected)
    }
}
