/// Decides how many workers may run at once: fewer while the machine is short of memory, processes or descriptors.
///
/// A value without a clock or I/O. Times count from any fixed moment.
struct Parallelism {
    /// What has changed.
    enum Change: Sendable, Hashable {
        case lowered(to: Int)
        case raised(to: Int)
    }

    /// Workers that end within this time after the number was halved may have ended for the same shortage.
    static let sameShortage = Duration.seconds(1)
    /// The time without a shortage after which one more worker may run.
    static let quiet = Duration.seconds(30)

    /// The number of workers that may run when nothing is short.
    let most: Int
    /// The number of workers that may run now, at least one.
    private(set) var limit: Int
    private var halvedAt: Duration?
    /// The time of the last shortage, or of the last change.
    private var quietSince = Duration.zero

    /// Begins with `most` workers, at least one.
    init(most: Int) {
        self.most = most
        limit = most
    }

    /// The machine was short of something while a worker ran or was started: half as many may run from now on.
    mutating func shortage(at now: Duration) -> Change? {
        quietSince = now
        if let halvedAt, now - halvedAt < Self.sameShortage { return nil }
        guard limit > 1 else { return nil }
        halvedAt = now
        limit = max(1, limit / 2)
        return .lowered(to: limit)
    }

    /// Looks whether more workers may run, or fewer.
    ///
    /// - Parameter room: The number of workers for which the machine has memory, those that run included; nil if it is
    ///   not known. One may always run: otherwise nothing would ever be done.
    mutating func look(at now: Duration, room: Int?) -> Change? {
        let most = min(most, max(1, room ?? most))
        if limit > most {
            limit = most
            quietSince = now
            return .lowered(to: limit)
        }
        guard limit < most, now - quietSince >= Self.quiet else { return nil }
        limit += 1
        quietSince = now
        return .raised(to: limit)
    }
}
