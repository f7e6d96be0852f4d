public import Model

/// What a pool asks about the daemon that it works in: has it what every job needs, its database and its blob store?
public struct Fitness: Sendable {
    /// Whether it has, as was found out last.
    let isFit: @Sendable () -> Bool
    /// Finds out now what is wrong, if anything is; ``isFit`` says so from then on.
    let look: @Sendable () async -> PackagingError?

    /// The fitness that these tell of.
    public init(isFit: @escaping @Sendable () -> Bool, look: @escaping @Sendable () async -> PackagingError?) {
        self.isFit = isFit
        self.look = look
    }
}
