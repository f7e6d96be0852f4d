import Model
import Testing

@testable import Planning

@Suite("Room on disks for a plan")
struct RoomTests {
    private func plan(_ platforms: [Platform]) throws -> BatchPlan {
        try BatchPlan(of: .complete, for: platforms, encoderBuild: "test 1")
    }

    @Test("scratch holds each encoding once, however many packages want it")
    func encodings() throws {
        let plan = try plan([.google, .spotify])
        let sum = plan.renders.flatMap(\.encodes).reduce(0) { $0 + ($1.bytes ?? 0) }
        #expect(plan.scratchBytes(for: [.google], fetchesBlobs: false) == sum)
        #expect(plan.scratchBytes(for: [.google, .spotify], fetchesBlobs: false) == sum)
        #expect(plan.scratchBytes(for: [], fetchesBlobs: true) == 0)
    }

    @Test("AAC, whose size is not known before, is estimated from above")
    func aac() throws {
        let plan = try plan([.apple])
        let seconds = plan.renders.reduce(0) { $0 + Double($1.timeline.total) / 44_100 }
        let bytes = Double(plan.scratchBytes(for: [.apple], fetchesBlobs: false))
        #expect(bytes > seconds * 141_000 / 8 && bytes < seconds * 150_000 / 8)
    }

    @Test("sources, cover and packages count where the blob store has no files on this machine")
    func sources() throws {
        let plan = try plan([.google])
        let sources = BookSnapshot.complete.chapters.flatMap(\.segments).reduce(0) { $0 + ($1.audio?.bytes ?? 0) }
        let fetched = Int64(sources + 50_000) + plan.packageBytes(for: [.google])
        #expect(
            plan.scratchBytes(for: [.google], fetchesBlobs: true)
                == plan.scratchBytes(for: [.google], fetchesBlobs: false) + fetched
        )
    }

    @Test("packages of one recipe take room in the blob store once")
    func packages() throws {
        let plan = try plan([.google, .spotify, .acx])
        let google = try #require(plan.package(for: .google))
        let acx = try #require(plan.package(for: .acx))
        #expect(plan.packageBytes(for: [.google, .spotify]) == google.size)
        #expect(plan.packageBytes(for: [.google, .spotify, .acx]) == google.size + acx.size)
    }
}
