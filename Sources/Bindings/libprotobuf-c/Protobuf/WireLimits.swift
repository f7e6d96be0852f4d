/// Limits on the memory and depth that a peer's bytes may cause.
package enum WireLimits {
    /// How many levels deep messages may be nested, including the outermost.
    package static let depth = 100

    /// The bytes of memory that unpacking `count` bytes may take: 1 MiB plus 16 times the input.
    ///
    /// Ordinary messages take 2 to 5 times their size; the 1 MiB allows short lists of messages that are mostly empty.
    /// Without the limit, 4 MiB of empty submessages take 272 MiB.
    package static func memory(forBytes count: Int) -> Int {
        (1 << 20) + 16 * count
    }
}
