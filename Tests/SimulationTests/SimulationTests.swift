import Foundation
import Testing

@Suite("Simulated days")
struct SimulationTests {
    /// Each of these histories is two hundred days long.
    @Test("in a thousand days of faults no job is lost, doubled, or failed by a shortage", arguments: 0..<5)
    func days(history: Int) {
        let seed = Self.seed()
        let world = World(seed: seed)
        world.run(days: 200)
        print(
            "simulation: seed \(seed), 200 days, \(world.jobs) jobs, \(world.events) events, "
                + "\(world.takeovers) takeovers of at most \(world.longestTakeover) ms, "
                + "\(world.turns.contested) contested turns; "
                + World.Fault.allCases.map { "\($0) \(world.counts[$0] ?? 0)" }.joined(separator: ", ")
        )
        #expect(world.violations.isEmpty, "seed \(seed)")
        for fault in World.Fault.allCases { #expect(world.counts[fault] ?? 0 > 0, "seed \(seed): no \(fault)") }
        #expect(world.takeovers > 0 && world.turns.contested > 0, "seed \(seed)")
    }

    /// A new seed for each history; `SIMULATION_SEED` replays one.
    private static func seed() -> UInt64 {
        ProcessInfo.processInfo.environment["SIMULATION_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
    }

    @Test("a seed replays the same history")
    func replay() {
        let histories = (0..<2).map { _ in
            let world = World(seed: 4711)
            world.run(days: 5)
            return [world.now, world.jobs, world.events, world.longestTakeover]
                + World.Fault.allCases.map { world.counts[$0] ?? 0 }
        }
        #expect(histories[0] == histories[1])
    }
}
