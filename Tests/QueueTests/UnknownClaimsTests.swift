import Model
import Testing

@testable import Queue

@Suite("Claims without an answer")
struct UnknownClaimsTests {
    private let start = ContinuousClock().now

    @Test("are looked for during a minute after a claim failed, and known ones are kept")
    func doubt() {
        var unknown = UnknownClaims()
        let claims = [testClaim(1, epoch: 7), testClaim(2, epoch: 8)]
        unknown.claimed(claims)
        #expect(unknown.known(at: start) == nil)
        unknown.missedAnswer(at: start)
        #expect(unknown.known(at: start) == [Epoch(7), Epoch(8)])
        unknown.ended([claims[0]])
        #expect(unknown.known(at: start + .seconds(59)) == [Epoch(8)])
        #expect(unknown.known(at: start + .seconds(60)) == nil)
    }
}
