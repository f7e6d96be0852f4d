import Assets
import Concurrency
import Model
import Planning
import Queue

/// The work that the jobs of one batch share: planning, speaking, copying, fetching and rendering. It runs as long as one
/// job lives.
struct BatchWork: Sendable {
    let context: BatchContext

    /// Plans the batch and renders what its packages need. Each result is put into the context's results as soon as it
    /// exists.
    func run() async throws {
        let plan = try await frozenPlan()
        let equals = try await packages(equalTo: plan)
        context.results.equals.settle(.success(equals))
        let wanted = context.batch.platforms.subtracting(equals.keys)
        let platforms = wanted.isEmpty ? wanted : try await platformsWithRoom(among: wanted, of: plan)
        context.results.later.settle(.success(wanted.subtracting(platforms)))
        let options = try await context.results.options.value
        context.board.plans(plan, encoding: platforms, isValidated: options.validateAfterCreation)
        if !platforms.isEmpty {
            try await waitForRoom(for: platforms, of: plan)
            try await fetchCover(of: plan)
        }
        let encodings = plan.encodings(for: platforms)
        let copies = try await copies(of: encodings, of: plan)
        let copied = Set(copies.map(\.place))
        let encoded = encodings.filter { !copied.contains($0) }
        let bytes = copies.reduce(0) { $0 + $1.source.chapter.bytes }
        context.board.makes(encoded, copying: copied, bytes: bytes, of: plan, for: platforms)
        context.results.plan.settle(.success(plan))
        try await make(encoded, copying: copies, of: plan)
    }

    /// Encodes and copies at once, so that neither waits for the other, and encodes each render as soon as its own audio is
    /// there. What could not be copied is encoded.
    private func make(_ encodings: [EncodingPlace], copying copies: [Copy], of plan: BatchPlan) async throws {
        let sources = SourceFiles(blobs: context.parts.blobs, scratch: context.scratch)
        let audio = FetchedAudio(from: sources, board: context.board)
        try await withThrowingTaskGroup(of: [EncodingPlace].self) { group in
            func encode(_ encodings: [EncodingPlace]) {
                let renders = Dictionary(grouping: encodings, by: \.render).sorted { $0.key < $1.key }
                group.addTask {
                    try await audio.fetch(plan.audio(of: renders.map(\.key)))
                    return []
                }
                for (index, places) in renders {
                    group.addTask {
                        try await encodeRender(index, places, with: audio, plan)
                        return []
                    }
                }
            }
            group.addTask { try await copy(copies, of: plan) }
            encode(encodings)
            while let failed = try await group.next() {
                guard !failed.isEmpty else { continue }
                context.board.encodesCopies(Set(failed))
                encode(failed)
            }
        }
    }

    /// Encodes one render in these ways, once its audio is there.
    private func encodeRender(
        _ render: Int,
        _ places: [EncodingPlace],
        with audio: FetchedAudio,
        _ plan: BatchPlan
    ) async throws {
        let digests = Set(plan.segments(of: plan.renders[render]).compactMap { $0.audio?.digest })
        let paths = try await audio.paths(of: digests)
        context.board.rendered(0, of: places)
        for place in places { context.results.begins(render, plan[place].audio) }
        try await self.render(
            Rendering(index: render, places: places, plan: plan, paths: paths, scratch: context.scratch)
        )
    }
}
