import Testing

@testable import Services

@Suite("Failed logins")
struct FailedLoginsTests {
    private let begin = ContinuousClock.now

    @Test("an address may fail ten times in a row, then once in six seconds, and others are not touched")
    func burst() {
        var logins = FailedLogins()
        for _ in 0..<10 { #expect(logins.failed(from: "a", at: begin) == .answered) }
        #expect(logins.failed(from: "a", at: begin) == .refused(retryAfter: .seconds(6)))
        #expect(logins.failed(from: "b", at: begin) == .answered)
        #expect(logins.failed(from: "a", at: begin + .seconds(5)) == .refused(retryAfter: .seconds(1)))
        #expect(logins.failed(from: "a", at: begin + .seconds(6)) == .answered)
        #expect(logins.failed(from: "a", at: begin + .seconds(6)) == .refused(retryAfter: .seconds(6)))
    }

    @Test("what was refused does not lengthen the wait, and after a minute all is forgiven")
    func forgiven() {
        var logins = FailedLogins()
        for _ in 0..<100 { _ = logins.failed(from: "a", at: begin) }
        #expect(logins.failed(from: "a", at: begin + .seconds(6)) == .answered)
        for _ in 0..<10 { #expect(logins.failed(from: "a", at: begin + .seconds(120)) == .answered) }
    }

    @Test("a flood from many addresses does not make it remember without bound, and forgets the quiet ones first")
    func bounded() {
        var logins = FailedLogins()
        for _ in 0..<10 { _ = logins.failed(from: "busy", at: begin) }
        for address in 0..<(3 * FailedLogins.maximumPeers) { _ = logins.failed(from: "\(address)", at: begin) }
        #expect(logins.count <= FailedLogins.maximumPeers)
        #expect(logins.failed(from: "busy", at: begin) == .refused(retryAfter: .seconds(6)))
    }
}
