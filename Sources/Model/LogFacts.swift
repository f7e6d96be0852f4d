/// What the running task works on, for every line that is logged on its behalf, by whichever layer.
///
/// For a call its `call`; for the pool's work `batch`, `tenant`, `project` and what else is known: `job`, `platform`,
/// `attempt`. Child tasks inherit it.
package enum LogFacts {
    /// The facts, by key.
    @TaskLocal package static var current: [String: String] = [:]
}
