import Foundation
import Model
import Testing

@testable import Assets

@Suite("A foreign file that is received")
struct ForeignFileTests {
    @Test("has the size that was announced, whatever pieces it comes in", arguments: [[5], [1, 1, 3], [0, 5, 0]])
    func whole(_ pieces: [Int]) async throws {
        try await receive(pieces, announced: 5) { path in
            #expect(FileManager.default.contents(atPath: path)?.count == 5)
        }
    }

    @Test("is refused when it is longer or shorter than announced", arguments: [[4], [6], [5, 1], []])
    func wrongSize(_ pieces: [Int]) async throws {
        let error = await #expect(throws: PackagingError.self) { try await receive(pieces, announced: 5) { _ in } }
        #expect(error?.code == .invalidArgument)
    }

    @Test("is given up when no bytes arrive for too long, although more were announced")
    func silence() async throws {
        let error = await #expect(throws: PackagingError.self) {
            try await receive([4], announced: 5, ends: false, patience: .milliseconds(20)) { _ in }
        }
        #expect(error?.code == .deadlineExceeded)
    }

    @Test("the wait ends when the caller goes away, however long it was allowed to be")
    func callerGone() async throws {
        let (begun, tell) = AsyncStream<Void>.makeStream()
        let receiving = Task {
            try await receive([4], announced: 5, ends: false, begun: { tell.yield() }) { _ in }
        }
        for await _ in begun { break }
        receiving.cancel()
        await #expect(throws: (any Error).self) { try await receiving.value }
    }

    /// Receives pieces of these sizes and gives `body` the path of the file.
    private func receive(
        _ pieces: [Int],
        announced bytes: Int64,
        ends: Bool = true,
        patience: Duration = .seconds(600),
        begun: @Sendable () -> Void = {},
        _ body: (String) -> Void
    ) async throws {
        let root = FileManager.default.temporaryDirectory.path + "/khipu-foreign-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let (chunks, input) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        for piece in pieces { input.yield([UInt8](repeating: 7, count: piece)) }
        if ends { input.finish() }
        try await ScratchSpace(root: root).withFolder(of: .random(), for: "test") { folder in
            begun()
            body(try await folder.receive(chunks, bytes: bytes, patience: patience).path)
        }
        withExtendedLifetime(input) {}
    }
}
