/// Facts about the work of the running task. Every layer adds them to the lines that it logs for the task.
///
/// A call has `call`. The pool's work has `batch`, `tenant`, `project` and, if known, `job`, `platform` and `attempt`.
/// Child tasks inherit it.
package enum LogFacts {
    /// The facts, by key.
    @TaskLocal package static var current: [String: String] = [:]
}
