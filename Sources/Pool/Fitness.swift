/// What a pool asks about the daemon that it works in: has it what every job needs, its database and its blob store?
public struct Fitness: Sendable {
    /// Whether it has, as was found out last.
    let isFit: @Sendable () -> Bool
    /// Finds out now; ``isFit`` says the same from then on.
    let look: @Sendable () async -> Bool

    /// The fitness that these tell of.
    public init(isFit: @escaping @Sendable () -> Bool, look: @escaping @Sendable () async -> Bool) {
        self.isFit = isFit
        self.look = look
    }
}
