internal import Processes
internal import Synchronization

/// The workers that run, to know how much of the machine's memory they use.
final class RunningWorkers: Sendable {
    private let children = Mutex<[Int32: ChildProcess]>([:])

    func add(_ child: ChildProcess) { children.withLock { $0[child.pid] = child } }

    func remove(_ child: ChildProcess) {
        // Another child may have the number by now.
        children.withLock { if $0[child.pid] === child { $0[child.pid] = nil } }
    }

    /// Bytes of memory that all of them use.
    var residentBytes: UInt64 {
        children.withLock { Array($0.values) }.reduce(0) { $0 &+ $1.residentBytes }
    }

    /// The number of workers for which there is memory if each uses up its limit: those that run included, because what
    /// they use already is part of their limits.
    ///
    /// - Parameter available: Bytes that the machine has left; nil if that is not known.
    static func room(available: UInt64?, resident: UInt64, limit: UInt64) -> Int? {
        guard let available, limit > 0 else { return nil }
        let (all, overflow) = available.addingReportingOverflow(resident)
        return Int(clamping: (overflow ? .max : all) / limit)
    }
}
