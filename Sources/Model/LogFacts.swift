/// Facts about the work of the running task. The daemon's log handler adds them to every line that the task logs.
///
/// A call has `call`, and `caller` and `tenant` once they are known. An attempt has `tenant`, `project`, `batch`, `job`, `platform` and `attempt`; work that several
/// jobs of a batch share has `jobs` instead of the last three. Child tasks inherit the facts.
package enum LogFacts {
    /// The facts, by key.
    @TaskLocal package static var current: [String: String] = [:]
}
