import Logging

extension Logger {
    /// Does one step of a round of upkeep.
    ///
    /// A failure is logged, and does not keep the next step from being done: the next round does this one again. Nothing is
    /// done once the task is cancelled, and what fails then is not told.
    func attempt(_ step: String, _ body: () async throws -> Void) async {
        guard !Task.isCancelled else { return }
        do {
            try await body()
        } catch {
            guard !Task.isCancelled else { return }
            warning("upkeep step failed", metadata: ["step": "\(step)", "error": "\(error)"])
        }
    }
}
