import Model
import Testing

@testable import Assets

@Suite("The budget of scratch")
struct ScratchBudgetTests {
    /// A disk with a budget, on which batches are named by letters and bytes are small numbers.
    private struct Bench {
        var budget = ScratchBudget()
        /// The bytes that would be free on the disk if the daemon wrote none.
        var size: Int64 = 100
        /// Bytes of others.
        var foreign: Int64 = 0
        var written: [String: Int64] = [:]
        var now = ContinuousClock.now
        private var batches: [String: BatchID] = [:]

        mutating func ask(_ name: String, _ need: Int64) -> ScratchBudget.Answer {
            let batch = batches[name] ?? .random()
            batches[name] = batch
            let room = size - foreign - written.values.reduce(0, +)
            return budget.ask(
                batch,
                need: need,
                in: name,
                on: ScratchBudget.Disk(room: room, greatestRoom: size),
                written: written,
                at: now
            )
        }

        mutating func end(_ name: String) {
            written[name] = nil
            budget.leave(name)
        }
    }

    @Test("batches begin as long as their needs fit together, and what was reserved comes back at the end")
    func fits() {
        var bench = Bench()
        #expect(bench.ask("a", 60) == .begin)
        #expect(bench.ask("b", 40) == .begin)
        #expect(bench.ask("c", 1) == .wait)
        bench.end("a")
        #expect(bench.ask("c", 1) == .begin)
        #expect(bench.budget.reserved == 41)
    }

    @Test("bytes that a batch has written do not count twice: once as used and once as reserved")
    func written() {
        var bench = Bench()
        #expect(bench.ask("a", 60) == .begin)
        for bytes in [0, 30, 60] as [Int64] {
            bench.written["a"] = bytes
            #expect(bench.ask("b", 41) == .wait)
        }
        #expect(bench.ask("b", 40) == .begin)
    }

    @Test("a need that equals the empty disk fits, one byte more never does, whatever runs")
    func never() {
        var bench = Bench()
        #expect(bench.ask("a", 101) == .never)
        #expect(bench.ask("b", 100) == .begin)
        #expect(bench.ask("a", 101) == .never)
        bench.written["b"] = 100
        #expect(bench.ask("a", 101) == .never)
    }

    @Test("a batch that cannot begin even when all others end is put off, and holds up nobody")
    func postponed() {
        var bench = Bench()
        bench.foreign = 50
        #expect(bench.ask("large", 60) == .postpone)
        #expect(bench.ask("small", 50) == .begin)
        bench.end("small")
        bench.foreign = 0
        #expect(bench.ask("large", 60) == .begin)
    }

    @Test("a small batch passes a large one that waits only if both fit beside each other")
    func passing() {
        var bench = Bench()
        #expect(bench.ask("first", 70) == .begin)
        #expect(bench.ask("large", 80) == .wait)
        #expect(bench.ask("small", 15) == .begin)
        // There is room for it now, but then the large one would wait for it, too.
        #expect(bench.ask("medium", 10) == .wait)
        bench.end("first")
        #expect(bench.ask("medium", 10) == .wait)
        #expect(bench.ask("large", 80) == .begin)
        #expect(bench.ask("tiny", 5) == .begin)
        #expect(bench.ask("medium", 10) == .wait)
        bench.end("small")
        #expect(bench.ask("medium", 10) == .begin)
    }

    @Test("small batches that come without end do not keep a large one waiting")
    func noStarvation() {
        var bench = Bench()
        #expect(bench.ask("small 0", 30) == .begin)
        #expect(bench.ask("small 1", 30) == .begin)
        #expect(bench.ask("large", 90) == .wait)
        for number in 2..<50 {
            #expect(bench.ask("small \(number)", 30) == .wait)
            if number == 10 { bench.end("small 0") }
            if number == 20 { bench.end("small 1") }
        }
        #expect(bench.ask("large", 90) == .begin)
    }

    @Test("a batch keeps its place while its jobs are in the queue, and loses it when it does not come back")
    func memory() {
        var bench = Bench()
        #expect(bench.ask("first", 70) == .begin)
        #expect(bench.ask("large", 80) == .wait)
        bench.now += .seconds(60)
        #expect(bench.ask("small", 25) == .wait)
        bench.now += .seconds(61)
        #expect(bench.ask("small", 25) == .begin)
    }

    @Test("a batch that is claimed again while an earlier claim of it still runs reserves its own bytes")
    func claimedAgain() {
        var bench = Bench()
        let batch = BatchID.random()
        let disk = ScratchBudget.Disk(room: 100, greatestRoom: 100)
        for (folder, answer) in [("x", ScratchBudget.Answer.begin), ("y", .wait)] {
            #expect(bench.budget.ask(batch, need: 60, in: folder, on: disk, written: [:], at: bench.now) == answer)
        }
        bench.budget.leave("x")
        #expect(bench.budget.ask(batch, need: 60, in: "y", on: disk, written: [:], at: bench.now) == .begin)
    }

    @Test("over 20,000 random steps no more is reserved than the disk has, and whoever keeps asking begins")
    func random() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var state = seed
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var bench = Bench()
        var waiting: [(name: String, need: Int64, asks: Int)] = []
        var running: [String: Int64] = [:]
        for step in 0..<20_000 {
            bench.now += .milliseconds(Int64(next(2000)))
            if waiting.count < 20 {
                waiting.append(("\(step)", Int64(next(10) == 0 ? 60 + next(41) : 1 + next(20)), 0))
            }
            for (name, need) in running {
                let bytes = bench.written[name] ?? 0
                bench.written[name] = min(need, bytes + Int64(next(UInt64(need) + 1)))
            }
            if let (name, _) = running.min(by: { $0.key < $1.key }), next(3) == 0 {
                running[name] = nil
                bench.end(name)
            }
            waiting = waiting.compactMap { one in
                switch bench.ask(one.name, one.need) {
                case .begin:
                    running[one.name] = one.need
                    return nil
                case .wait: return (one.name, one.need, one.asks + 1)
                case .postpone, .never:
                    Issue.record("a batch that fits on the empty disk was sent away (seed \(seed))")
                    return nil
                }
            }
            #expect(running.values.reduce(0, +) <= 100, "seed \(seed)")
            // The batches before it have at most 20 places, and each runs for about three steps of those before it.
            #expect(waiting.allSatisfy { $0.asks < 2000 }, "seed \(seed)")
        }
    }
}
