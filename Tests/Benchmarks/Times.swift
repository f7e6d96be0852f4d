/// How long each of many rounds of the same work took.
struct Times {
    private let sorted: [Duration]

    /// - Parameter times: At least one.
    init(_ times: [Duration]) { sorted = times.sorted() }

    /// The time of each of `count` calls of `body`.
    static func of(_ count: Int, _ body: () throws -> Void) rethrows -> Times {
        let clock = ContinuousClock()
        return Times(try (0..<count).map { _ in try clock.measure(body) })
    }

    var count: Int { sorted.count }

    /// The median: half of the rounds took no longer.
    var median: Duration { sorted[sorted.count / 2] }

    /// So many of a hundred rounds took no longer.
    func percentile(_ part: Int) -> Duration { sorted[sorted.count * part / 100] }

    /// Prints one line.
    func report(_ name: String) {
        print("  \(name): p50 \(median), p99 \(sorted[sorted.count * 99 / 100])")
    }
}

/// `value` with two digits of fraction.
func twoDigits(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}

/// How often something happens each second, for `count` times since `begin`.
func rate(_ count: Int, since begin: ContinuousClock.Instant) -> Int {
    Int(Double(count) / ((.now - begin) / .seconds(1)))
}
