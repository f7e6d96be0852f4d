import TestSupport
import Testing

@testable import Queue

@Suite("When a daemon claims jobs")
struct ClaimLoopTests {
    typealias Step = ClaimLoop.Step

    /// An event of the loop.
    enum Event: Sendable {
        case woken, began, ended, foundNothing, drain
    }

    /// The events so far, and the next step of a loop with room for two batches, for a healthy and for an unhealthy
    /// daemon.
    struct Row: Sendable, CustomTestStringConvertible {
        var events: [Event]
        var healthy: Step
        var unhealthy: Step

        init(_ events: [Event], _ healthy: Step, unhealthy: Step) {
            (self.events, self.healthy, self.unhealthy) = (events, healthy, unhealthy)
        }

        var testDescription: String { "\(events)" }
    }

    static let rows: [Row] = [
        // The loop claims until two batches run, and claims nothing while the daemon is unhealthy.
        Row([], .claim, unhealthy: .wait),
        Row([.woken], .claim, unhealthy: .wait),
        Row([.began], .claim, unhealthy: .wait),
        Row([.began, .began], .wait, unhealthy: .wait),
        Row([.began, .began, .woken], .wait, unhealthy: .wait),
        Row([.began, .began, .ended], .claim, unhealthy: .wait),
        Row([.began, .began, .ended, .began], .wait, unhealthy: .wait),
        Row([.began, .began, .ended, .ended], .claim, unhealthy: .wait),
        // If no job was due, the loop waits until something happens.
        Row([.foundNothing], .wait, unhealthy: .wait),
        Row([.foundNothing, .woken], .claim, unhealthy: .wait),
        Row([.began, .foundNothing], .wait, unhealthy: .wait),
        Row([.began, .foundNothing, .woken], .claim, unhealthy: .wait),
        Row([.began, .foundNothing, .ended, .woken], .claim, unhealthy: .wait),
        Row([.woken, .foundNothing, .woken, .foundNothing], .wait, unhealthy: .wait),
        // During a stop nothing more is claimed, and running batches may go on for the grace period.
        Row([.drain], .end, unhealthy: .end),
        Row([.drain, .woken], .end, unhealthy: .end),
        Row([.foundNothing, .drain], .end, unhealthy: .end),
        Row([.began, .drain], .beginGrace, unhealthy: .beginGrace),
        Row([.began, .began, .drain], .beginGrace, unhealthy: .beginGrace),
        Row([.began, .drain, .woken], .beginGrace, unhealthy: .beginGrace),
        Row([.began, .drain, .ended], .end, unhealthy: .end),
        Row([.began, .began, .drain, .ended], .beginGrace, unhealthy: .beginGrace),
    ]

    private func loop(after events: [Event], concurrency: Int = 2) -> ClaimLoop {
        var loop = ClaimLoop(concurrency: concurrency)
        for event in events {
            switch event {
            case .woken: loop.woken()
            case .began: loop.began()
            case .ended: loop.batchEnded()
            case .foundNothing: loop.foundNothing()
            case .drain: loop.drain()
            }
        }
        return loop
    }

    @Test("depends on what runs, what was found, whether the daemon is healthy, and whether it stops", arguments: rows)
    func steps(row: Row) {
        var healthy = loop(after: row.events)
        #expect(healthy.next(isHealthy: true) == row.healthy)
        var unhealthy = loop(after: row.events)
        #expect(unhealthy.next(isHealthy: false) == row.unhealthy)
    }

    @Test("the grace period begins once, and the loop ends with the last batch")
    func grace() {
        var loop = loop(after: [.began, .began, .drain])
        #expect(loop.next(isHealthy: true) == .beginGrace)
        #expect(loop.next(isHealthy: true) == .wait)
        loop.batchEnded()
        loop.woken()
        #expect(loop.next(isHealthy: true) == .wait)
        loop.batchEnded()
        #expect(loop.next(isHealthy: true) == .end)
    }

    @Test(
        "after any events, no more batches run than allowed, and nothing is claimed during a stop",
        arguments: 0..<200
    )
    func bounds(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for concurrency in 1...3 {
            var loop = ClaimLoop(concurrency: concurrency)
            var (running, isDraining) = (0, false)
            for _ in 0..<50 {
                switch Int.random(in: 0..<10, using: &generator) {
                case 0: loop.woken()
                case 1 where running > 0:
                    loop.batchEnded()
                    running -= 1
                case 2 where Int.random(in: 0..<20, using: &generator) == 0:
                    loop.drain()
                    isDraining = true
                default:
                    switch loop.next(isHealthy: Bool.random(using: &generator)) {
                    case .claim:
                        #expect(!isDraining)
                        loop.began()
                        running += 1
                    case .end: #expect(isDraining && running == 0)
                    case .wait, .beginGrace: break
                    }
                }
                #expect(running <= concurrency)
            }
        }
    }
}
