import Model
import Testing

@testable import Watch

@Suite("Signals to watchers")
struct ProjectSignalsTests {
    private let project = ProjectID(high: 0, low: 1)
    private let other = ProjectID(high: 0, low: 2)

    @Test("a signal given before the watcher waits is not lost, and several signals become one")
    func kept() async {
        let signals = ProjectSignals()
        let stream = signals.signals(of: project)
        for _ in 0..<5 { signals.signal(project) }
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() != nil)
        signals.signalAll()
        #expect(await iterator.next() != nil)
        signals.signal(other)
        signals.end()
        #expect(await iterator.next() == nil)
    }

    @Test("a watcher that stops watching is forgotten")
    func forgotten() async {
        let signals = ProjectSignals()
        let task = Task { [project] in
            for await _ in signals.signals(of: project) { break }
        }
        while signals.count == 0 { await Task.yield() }
        signals.signal(project)
        await task.value
        #expect(signals.count == 0)
    }

    @Test("after the end no watcher waits for ever")
    func ended() async {
        let signals = ProjectSignals()
        signals.end()
        var iterator = signals.signals(of: project).makeAsyncIterator()
        #expect(await iterator.next() == nil)
    }
}
