import Concurrency
import Model
import Planning
import Queue

/// The work that the jobs of one batch share: planning, speaking, fetching and rendering. It runs as long as one job
/// lives.
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
        let copied = try await copy(plan.encodings(for: platforms), of: plan)
        let encodings = plan.encodings(for: platforms, except: copied)
        let work = Dictionary(grouping: encodings, by: \.render).sorted { $0.key < $1.key }
        let paths = try await fetchAudio(of: work.map(\.key), of: plan)
        context.board.beginRendering(encodings, of: plan, for: platforms)
        context.results.plan.settle(.success(plan))
        try await withThrowingTaskGroup { group in
            for (index, places) in work {
                let rendering = Rendering(
                    index: index,
                    encodes: places.map(\.encode),
                    plan: plan,
                    paths: paths,
                    scratch: context.scratch
                )
                group.addTask { try await render(rendering) }
            }
            try await group.waitForAll()
        }
    }
}
