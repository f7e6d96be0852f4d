/// Finds out whether a peer that has begun a frame, or feeds a stream, sends too slowly. It reads no clock: it is asked at
/// regular times.
///
/// What a peer has begun costs memory, and a place among those who may send. A peer that sends a byte now and then would
/// keep both for ever.
struct SlowSender {
    /// The time between two questions.
    static let period = Duration.seconds(5)

    /// What is asked of a sender.
    struct Pace: Sendable, Hashable {
        /// The periods after which it is judged.
        var periods: Int
        /// The bytes that must have come within them.
        var bytes: Int

        /// The time after which it is judged.
        var time: Duration { SlowSender.period * periods }

        /// For a frame that was begun: 4 KiB a second, judged after 15 seconds.
        static let frame = Pace(periods: 3, bytes: 60 << 10)
        /// For a stream of messages whose handler waits for the next one: 16 KiB a minute.
        static let stream = Pace(periods: 12, bytes: 16 << 10)
    }

    private let pace: Pace
    private var waited = 0
    private var bytes = 0

    init(_ pace: Pace) { self.pace = pace }

    /// Counts bytes that came.
    mutating func received(_ count: Int) { bytes += count }

    /// A period is over.
    ///
    /// - Parameter isWaiting: Whether the server waited for the peer in all of this period, and not the peer for the server.
    /// - Returns: Whether the peer was too slow.
    mutating func periodEnded(isWaiting: Bool) -> Bool {
        guard isWaiting else {
            self = SlowSender(pace)
            return false
        }
        waited += 1
        guard waited == pace.periods else { return false }
        defer { self = SlowSender(pace) }
        return bytes < pace.bytes
    }
}
