import Model
import Testing

@testable import Queue

@Suite("Which jobs of a batch are alive")
struct LiveClaimsTests {
    /// Jobs that leave one after another, the jobs that are alive then, and the job as which the batch writes.
    struct Row: Sendable {
        var leaving: [Int]
        /// For each leaving job, whether the shared work of the batch stops then.
        var stops: [Bool]
        var live: [Int]
        var refused: Set<Int>
        var writer: Int?

        init(_ leaving: [Int], stops: [Bool], live: [Int], refused: Set<Int> = [], writer: Int?) {
            (self.leaving, self.stops, self.live, self.refused, self.writer) = (leaving, stops, live, refused, writer)
        }
    }

    static let rows: [Row] = [
        Row([], stops: [], live: [1, 2, 3], writer: 1),
        Row([1], stops: [false], live: [2, 3], writer: 2),
        Row([2], stops: [false], live: [1, 3], writer: 1),
        Row([3], stops: [false], live: [1, 2], writer: 1),
        Row([1, 2], stops: [false, false], live: [3], writer: 3),
        Row([3, 1], stops: [false, false], live: [2], writer: 2),
        Row([1, 2, 3], stops: [false, false, true], live: [], writer: nil),
        Row([3, 2, 1], stops: [false, false, true], live: [], writer: nil),
        // A job may leave twice, when its lease is lost and when its work has ended, but only the first time counts.
        Row([1, 1], stops: [false, false], live: [2, 3], writer: 2),
        Row([1, 2, 1, 2], stops: [false, false, false, false], live: [3], writer: 3),
        Row([1, 2, 3, 3, 1], stops: [false, false, true, false, false], live: [], writer: nil),
        // A job of another batch changes nothing.
        Row([9], stops: [false], live: [1, 2, 3], writer: 1),
        // If one job may not write, the batch writes as the next one.
        Row([], stops: [], live: [1, 2, 3], refused: [1], writer: 2),
        Row([], stops: [], live: [1, 2, 3], refused: [1, 2], writer: 3),
        Row([], stops: [], live: [1, 2, 3], refused: [1, 2, 3], writer: nil),
        Row([2], stops: [false], live: [1, 3], refused: [1], writer: 3),
        Row([1, 2], stops: [false, false], live: [3], refused: [3], writer: nil),
    ]

    @Test("the batch's work goes on while one job is alive, and writes as a job that is alive", arguments: rows)
    func leaving(row: Row) {
        var claims = LiveClaims((1...3).map { testClaim($0) })
        #expect(row.leaving.map { claims.leave(testJob($0)) } == row.stops)
        #expect(claims.live.map(\.job) == row.live.map(testJob))
        #expect(claims.writer(except: Set(row.refused.map(testJob)))?.job == row.writer.map(testJob))
    }

    @Test("a batch of one job stops when this job leaves")
    func alone() {
        var claims = LiveClaims([testClaim(1)])
        #expect(claims.leave(testJob(1)) == true)
        #expect(claims.live.isEmpty)
    }
}
