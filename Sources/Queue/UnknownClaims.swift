import Model

/// Whether the database may have given this daemon claims that the daemon does not know, because their answers were lost.
///
/// A value without clock and database. A claim that was under way when the network stood still may be carried out when
/// the network goes on, long after its sender gave it up. So after a claim without an answer the daemon looks for unknown
/// claims again and again for a while.
struct UnknownClaims: Sendable {
    /// Longer than any claim can be on its way: the server gives up connections that it cannot reach.
    private static let doubt = Duration.seconds(60)

    private var known: Set<Epoch> = []
    private var doubtEnd: ContinuousClock.Instant?

    /// A claim was answered with these.
    mutating func claimed(_ claims: [Claim]) { known.formUnion(claims.map(\.epoch)) }

    /// The work on these is over, and their end is written or is waiting to be written.
    mutating func ended(_ claims: [Claim]) { known.subtract(claims.map(\.epoch)) }

    /// A claim was not answered.
    mutating func missedAnswer(at now: ContinuousClock.Instant) { doubtEnd = now + Self.doubt }

    /// The attempts that the daemon knows, if there may be others; nil if it knows them all.
    func known(at now: ContinuousClock.Instant) -> Set<Epoch>? {
        doubtEnd.map { now < $0 } ?? false ? known : nil
    }
}
