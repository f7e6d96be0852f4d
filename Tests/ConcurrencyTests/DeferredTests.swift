import Concurrency
import Testing

@Suite("A value that comes later")
struct DeferredTests {
    @Test("everybody who waits gets it, before and after it is there")
    func settled() async throws {
        let deferred = Deferred<Int>()
        async let early = deferred.value
        deferred.settle(.success(7))
        #expect(try await early == 7)
        #expect(try await deferred.value == 7)
    }

    @Test("it is set once: what is set later changes nothing")
    func once() async throws {
        struct Fault: Error {}
        let deferred = Deferred<Int>()
        deferred.settle(.failure(Fault()))
        deferred.settle(.success(7))
        await #expect(throws: Fault.self) { try await deferred.value }
    }

    @Test("who is cancelled waits no longer, and the others go on waiting")
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
