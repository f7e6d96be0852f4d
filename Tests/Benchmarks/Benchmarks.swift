// Measures, and asserts nothing: times on a shared machine differ from run to run. Ratios say more than times do.
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
