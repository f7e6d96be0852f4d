import Concurrency
import Testing

@Suite("A value that comes later")
struct DeferredTests {
    @Test("every waiting task gets the value, whether it began to wait before or after the value was set")
    func settled() async throws {
        let deferred = Deferred<Int>()
        async let early = deferred.value
        deferred.settle(.success(7))
        #expect(try await early == 7)
        #expect(try await deferred.value == 7)
    }

    @Test("the value is set once: later values change nothing")
    func once() async throws {
        struct Fault: Error {}
        let deferred = Deferred<Int>()
        deferred.settle(.failure(Fault()))
        deferred.settle(.success(7))
        await #expect(throws: Fault.self) { try await deferred.value }
    }

    @Test("a cancelled task stops waiting, and the others go on waiting")
    func cancelled() async throws {
        let deferred = Deferred<Int>()
        let other = Task { try await deferred.value }
        let impatient = Task { try await deferred.value }
        impatient.cancel()
        await #expect(throws: CancellationError.self) { try await impatient.value }
        deferred.settle(.success(7))
        #expect(try await other.value == 7)
    }
}
