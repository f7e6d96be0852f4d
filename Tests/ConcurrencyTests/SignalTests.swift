import Concurrency
import Testing

@Suite("A signal")
struct SignalTests {
    @Test("every waiting task is woken, and a signal between looking and waiting is not lost")
    func sent() async {
        let signal = Signal()
        let seen = signal.count
        async let early: Void = signal.wait(since: seen)
        async let other: Void = signal.wait(since: seen)
        signal.send()
        _ = await (early, other)
        await signal.wait(since: seen)
        #expect(signal.count == seen + 1)
    }

    @Test("a cancelled task waits for the signal no longer")
    func cancelled() async {
        let signal = Signal()
        let waiting = Task { await signal.wait(since: signal.count) }
        waiting.cancel()
        await waiting.value
        #expect(signal.count == 0)
    }
}
