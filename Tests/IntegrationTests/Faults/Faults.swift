import Foundation
import TestSupport

/// The tests of faults are suites whose names end with `Faults`. `make test` runs them in short, and `make faults` in full:
/// with the variable `FAULTS=full`.
enum Faults {
    /// Whether the whole campaign runs.
    static let isFull = ProcessInfo.processInfo.environment["FAULTS"] == "full"

    /// The seed of a campaign, which is printed. The variable `FAULTS_SEED` replays one.
    static func seed() -> UInt64 {
        ProcessInfo.processInfo.environment["FAULTS_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
    }

    /// Prints what a campaign did, for the person who started it.
    static func report(_ name: String, seed: UInt64? = nil, _ facts: KeyValuePairs<String, Any>) {
        let start = ["faults: \(name)"] + (seed.map { ["seed \($0)"] } ?? [])
        print((start + facts.map { "\($0.key) \($0.value)" }).joined(separator: ", "))
    }
}
