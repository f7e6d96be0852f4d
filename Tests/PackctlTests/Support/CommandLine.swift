import Synchronization

@testable import PackctlCommands

/// How a command line ended, and what it wrote.
struct Outcome: Sendable {
    var status: CommandStatus
    var out: String
    var err: String
}

/// Runs a command line in this process, with its output kept. Messages do not go to a terminal.
func packctl(_ arguments: String...) async -> Outcome { await packctl(arguments) }

/// Like the function above, with the arguments in a list.
///
/// - Parameter answer: The text that the user types at a question; nil if no question can be asked.
func packctl(_ arguments: [String], answer: String? = nil) async -> Outcome {
    let written = Written()
    let console = Console(
        out: { written.add($0, to: \.out) },
        err: { written.add($0, to: \.err) },
        terminal: nil,
        answer: answer.map { answer in { @Sendable () async throws -> String? in answer } }
    )
    let status = await Console.$current.withValue(console) { await Packctl.exitStatus(of: arguments) }
    return Outcome(status: status, out: written.texts.out, err: written.texts.err)
}

private final class Written: Sendable {
    struct Texts {
        var out = ""
        var err = ""
    }

    private let state = Mutex(Texts())

    var texts: Texts { state.withLock { $0 } }

    func add(_ text: String, to stream: any WritableKeyPath<Texts, String> & Sendable) {
        state.withLock { $0[keyPath: stream] += text }
    }
}
