import Files
package import Model
import Synchronization

/// The room in scratch that the batches of a daemon share; ``ScratchBudget`` decides who may begin.
package final class ScratchRoom: Sendable {
    /// How long a batch waits in its place for others to end. After that its jobs go back to the queue, so that they keep
    /// neither leases nor a turn of the daemon for hours; the batch keeps its place in the line.
    private static let patience = Duration.seconds(15)
    private static let pause = Duration.milliseconds(250)

    private let budget = Mutex(ScratchBudget())

    /// Nothing is reserved.
    package init() {}

    /// Waits until a batch may write `need` bytes to `folder`, and reserves them until ``leave(_:)``.
    ///
    /// - Parameter tell: Called with the reason when the batch has to wait.
    /// - Throws: ``PackagingError`` with code `failedPrecondition` and reason `SCRATCH_TOO_SMALL` if the disk can never
    ///   have the room; `resourceExhausted` and reason `SCRATCH_FULL` if it has none now; `CancellationError`.
    package func enter(
        _ folder: ScratchFolder,
        of batch: BatchID,
        need: Int64,
        tell: @Sendable (_ reason: String) -> Void
    ) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        while true {
            try Task.checkCancellation()
            let space = try await folder.space()
            let others = budget.withLock { $0.folders }
            let written = try await folder.perform { () throws(FileError) in
                var written: [String: Int64] = [:]
                // A folder that is gone meanwhile has nothing.
                for path in others { written[path] = try? FileTree.usedBytes(in: path) }
                return written
            }
            let disk = ScratchBudget.Disk(room: space.roomBytes, greatestRoom: space.greatestRoomBytes)
            let answer = budget.withLock {
                $0.ask(batch, need: need, in: folder.path, on: disk, written: written, at: clock.now)
            }
            let words = (need: ByteCount(need), room: ByteCount(max(0, disk.room)))
            switch answer {
            case .begin: return
            case .never: throw PackagingError.scratchTooSmall(need, space)
            case .postpone:
                throw PackagingError.scratchFull("\(words.need) are needed, and \(words.room) are free")
            case .wait:
                let reason = "other packages have the room for scratch files (\(words.need) are needed)"
                tell(reason)
                guard clock.now - start < Self.patience else { throw PackagingError.scratchFull(reason) }
                try await clock.sleep(for: Self.pause)
            }
        }
    }

    /// The folder was removed. Does nothing for one that reserved nothing.
    package func leave(_ folder: ScratchFolder) { budget.withLock { $0.leave(folder.path) } }
}

extension PackagingError {
    fileprivate static func scratchFull(_ why: String) -> Self {
        Self(
            .resourceExhausted,
            "the disk for scratch files is full: \(why)",
            reason: "SCRATCH_FULL",
            hint: "Make room on the disk of the folder \"scratch\" in the state folder.",
            retryAfter: .seconds(30)
        )
    }

    fileprivate static func scratchTooSmall(_ need: Int64, _ space: FileSystemSpace) -> Self {
        Self(
            .failedPrecondition,
            "cannot make the packages: they need \(ByteCount(need)) on the disk for scratch files, which has "
                + "\(ByteCount(space.greatestRoomBytes)) for them when it is empty",
            reason: "SCRATCH_TOO_SMALL",
            hint: "Give the state folder a larger disk."
        )
    }
}
