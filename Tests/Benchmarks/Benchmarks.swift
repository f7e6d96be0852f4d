// Measures, and asserts nothing of times, which on a shared machine differ from run to run. Ratios say more than times do. What a
// connection and a watch may cost in memory is a promise, and more of it is a failure.
//
//   benchmarks           takes as many rounds as give steady numbers
//   benchmarks --short   a tenth of them, to see that everything still runs

import Glibc

@main
struct Benchmarks {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if try await CrowdServer.serves(Array(arguments)) { return }
        guard arguments.isEmpty || Array(arguments) == ["--short"] else {
            print("usage: benchmarks [--short]")
            exit(2)
        }
        let scale = arguments.isEmpty ? 10 : 1
        try MessageBenchmark(rounds: 100 * scale).run()
        try await RPCBenchmark(calls: 2_000 * scale, messages: 50_000 * scale).run()
        try await CrowdBenchmark(connections: 1_000 * scale, watches: 100 * scale, calls: 1_000 * scale).run()
    }
}
