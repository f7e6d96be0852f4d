import Testing

@testable import Services

@Suite("Failed logins")
struct FailedLoginsTests {
    private let start = ContinuousClock.now

    @Test("an address may fail ten times in a row, then once in six seconds, and is told how long to wait")
    func burst() {
        var logins = FailedLogins()
        for _ in 0..<10 { #expect(logins.failed(from: "10.0.0.7", at: start) == .answered) }
        #expect(logins.failed(from: "10.0.0.7", at: start) == .refused(retryAfter: .seconds(6)))
        // What is refused does not make the wait longer.
        #expect(logins.failed(from: "10.0.0.7", at: start + .seconds(4)) == .refused(retryAfter: .seconds(2)))
        #expect(logins.failed(from: "10.0.0.8", at: start) == .answered)
        #expect(logins.failed(from: "10.0.0.7", at: start + .seconds(6)) == .answered)
        #expect(logins.failed(from: "10.0.0.7", at: start + .seconds(6)) == .refused(retryAfter: .seconds(6)))
    }

    @Test("after a minute of quiet, all is forgiven")
    func forgiven() {
        var logins = FailedLogins()
        for _ in 0..<11 { _ = logins.failed(from: "a", at: start) }
        let later = start + .seconds(60)
        let verdicts = (0..<11).map { _ in logins.failed(from: "a", at: later) }
        #expect(verdicts == Array(repeating: .answered, count: 10) + [.refused(retryAfter: .seconds(6))])
    }

    @Test("many addresses do not make an address that goes on failing forgotten")
    func many() {
        var logins = FailedLogins()
        for number in 0..<(FailedLogins.maximumPeers - 1) { _ = logins.failed(from: "peer \(number)", at: start) }
        for _ in 0..<10 { _ = logins.failed(from: "guesser", at: start) }
        for number in 0..<2000 { #expect(logins.failed(from: "other \(number)", at: start) == .answered) }
        #expect(logins.failed(from: "guesser", at: start) == .refused(retryAfter: .seconds(6)))
    }
}
