import Testing

@testable import Workers

@Suite("How many workers run at once")
struct ParallelismTests {
    private func seconds(_ count: Int) -> Duration { .seconds(count) }

    @Test("a shortage halves the number, down to one")
    func halves() {
        var state = Parallelism(most: 9)
        let changes = [2, 4, 6, 8, 10].map { state.shortage(at: seconds($0)) }
        #expect(changes == [.lowered(to: 4), .lowered(to: 2), .lowered(to: 1), nil, nil])
        #expect(state.limit == 1)
    }

    @Test("workers that end for the same shortage halve the number once")
    func once() {
        var state = Parallelism(most: 8)
        let changes = [0, 10, 500, 999, 1000].map { state.shortage(at: .milliseconds(5000 + $0)) }
        #expect(changes == [.lowered(to: 4), nil, nil, nil, .lowered(to: 2)])
    }

    @Test("one more may run after each quiet time, until there are as many as before")
    func grows() {
        var state = Parallelism(most: 4)
        _ = state.shortage(at: seconds(100))
        let looks = [101, 129, 130, 131, 159, 160, 161, 300].map { state.look(at: seconds($0), room: nil) }
        #expect(looks == [nil, nil, .raised(to: 3), nil, nil, .raised(to: 4), nil, nil])
    }

    @Test("a shortage begins the quiet time again, also when the number cannot be lower")
    func quietAgain() {
        var state = Parallelism(most: 2)
        _ = state.shortage(at: seconds(0))
        _ = state.shortage(at: seconds(20))
        #expect(state.look(at: seconds(49), room: nil) == nil)
        #expect(state.look(at: seconds(50), room: nil) == .raised(to: 2))
    }

    @Test(
        "no more workers run than the machine has memory for, and always one",
        arguments: [(nil, 4), (0, 1), (1, 1), (3, 3), (4, 4), (100, 4)] as [(Int?, Int)]
    )
    func room(room: Int?, limit: Int) {
        var state = Parallelism(most: 4)
        let change = state.look(at: seconds(0), room: room)
        #expect(change == (limit == 4 ? nil : .lowered(to: limit)))
        #expect(state.limit == limit)
    }

    @Test("when memory comes back, one more may run after each quiet time, and none beyond what there is memory for")
    func roomComesBack() {
        var state = Parallelism(most: 4)
        _ = state.look(at: seconds(0), room: 1)
        let looks = [(10, 4), (29, 4), (30, 4), (31, 4), (60, 2), (90, 3)].map { time, room in
            state.look(at: seconds(time), room: room)
        }
        #expect(looks == [nil, nil, .raised(to: 2), nil, nil, .raised(to: 3)])
    }

    @Test("what running workers use already is part of their limits")
    func resident() {
        let gibibyte: UInt64 = 1 << 30
        func room(_ available: UInt64?, _ resident: UInt64) -> Int? {
            RunningWorkers.room(available: available, resident: resident, limit: gibibyte)
        }
        #expect(room(nil, 0) == nil)
        #expect(room(gibibyte - 1, 0) == 0)
        #expect(room(3 * gibibyte, 0) == 3)
        // Two workers that use 900 MiB each, and 1.5 GiB are left: a third one fits.
        #expect(room(gibibyte * 3 / 2, 1800 << 20) == 3)
        #expect(room(.max, .max) == Int(UInt64.max / gibibyte))
    }
}
