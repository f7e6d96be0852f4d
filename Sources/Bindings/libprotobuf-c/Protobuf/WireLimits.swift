/// How much a peer's bytes may cost.
package enum WireLimits {
    /// How deep messages may lie in each other, the outermost counted.
    package static let depth = 100

    /// The bytes of memory that unpacking `count` bytes may take: 1 MiB and 16 times the input.
    ///
    /// Ordinary messages take 2 to 5 times their size; the first MiB is for short lists of messages that are mostly
    /// empty. Without the limit, 4 MiB of empty submessages take 272 MiB.
    package static func memory(forBytes count: Int) -> Int {
        (1 << 20) + 16 * count
    }
}
