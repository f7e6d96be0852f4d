import Concurrency
import Model
import Packagers
import Testing

@testable import Jobs

@Suite("Renders shared by the jobs of a batch")
struct EncodedRendersTests {
    private let audio = AudioSpec(codec: .mp3, bitRate: 256_000)
    private let file = EncodedRenders.File(path: "/x", facts: EncodedFile(bytes: 1, crc32: 2))

    @Test("every waiting task gets its encoding, before and after it is there, and each audio spec is its own")
    func shared() async throws {
        let renders = EncodedRenders()
        async let early = renders.file(3, audio)
        renders.provide(file, 3, audio)
        #expect(try await early == file)
        #expect(try await renders.file(3, audio) == file)
        let other = Task { try await renders.file(3, AudioSpec(codec: .mp3, bitRate: 192_000)) }
        other.cancel()
        await #expect(throws: CancellationError.self) { try await other.value }
    }

    @Test("a failure reaches waiting tasks, later ones and the plan, but finished encodings stay available")
    func failure() async throws {
        let renders = EncodedRenders()
        renders.provide(file, 0, audio)
        let waiting = Task { try await renders.file(1, audio) }
        renders.fail(PackagingError(.unavailable, "no worker"))
        await #expect(throws: PackagingError.self) { try await waiting.value }
        await #expect(throws: PackagingError.self) { try await renders.file(2, audio) }
        await #expect(throws: PackagingError.self) { try await renders.plan.value }
        #expect(try await renders.file(0, audio) == file)
    }
}
