internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl health`
struct HealthCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Tell whether the daemon serves.",
        discussion: """
            Exit code 0 when it serves, 1 when it answers and does not serve, 6 when it does not answer.

            EXAMPLES
              packctl health
              packctl health --address unix:/run/packagingd.sock
            """
    )

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let reply = try await client.check(HealthCheckRequest())
        let isServing = reply.status == .serving
        show(reply, on: console) {
            [isServing ? "serving" : reply.message.isEmpty ? "not serving" : "not serving: \(reply.message.printable)"]
        }
        if !isServing, !reply.hint.isEmpty { console.message("hint: \(reply.hint.printable)") }
        return isServing ? .done : .failed
    }
}
