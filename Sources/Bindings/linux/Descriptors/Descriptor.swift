#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An open file descriptor. It is closed exactly once, when its last reference is released.
///
/// Its number is available only inside a closure. The optimiser may release an object right after its last use. If the
/// number could be read and passed on, it might be closed, and belong to another file, by the time it is used. Code
/// that needs the file for longer than a call keeps the `Descriptor` itself.
package final class Descriptor: Sendable {
    fileprivate let number: CInt

    /// Takes ownership of `number`.
    package init(owning number: CInt) {
        self.number = number
    }

    deinit {
        // A failure needs no handling: the number is free again even then.
        _ = close(number)
    }

    /// Calls `body` with the number, which is open until `body` returns and must not be kept beyond that.
    package func withNumber<Result: ~Copyable, Failure: Error>(
        _ body: (CInt) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { extendLifetime(self) }
        return try body(number)
    }
}

extension Sequence<Descriptor> {
    /// Calls `body` with the numbers of all, in order, which are open until `body` returns and must not be kept beyond that.
    package func withNumbers<Result: ~Copyable, Failure: Error>(
        _ body: ([CInt]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let owners = Array(self)
        defer { extendLifetime(owners) }
        return try body(owners.map(\.number))
    }
}
