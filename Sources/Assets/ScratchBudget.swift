package import Model

/// Decides which batches may begin to write to scratch, so that those that run together do not fill the disk.
///
/// A value without I/O and without a clock. A batch that does not fit stands in a line, in the order in which the batches
/// first asked. One that comes later may pass the earlier ones only if it fits beside them: then an earlier one waits for
/// nothing but the batches that ran when it came, and cannot be passed for ever by small ones.
package struct ScratchBudget: Sendable {
    /// The disk, when a batch asks.
    package struct Disk: Sendable, Hashable {
        /// The bytes that are free for batches now.
        package var room: Int64
        /// The bytes that would be free for batches if the disk held nothing else.
        package var greatestRoom: Int64

        /// A disk with this room.
        package init(room: Int64, greatestRoom: Int64) {
            self.room = room
            self.greatestRoom = greatestRoom
        }
    }

    /// What a batch that asked has to do.
    package enum Answer: Sendable, Hashable {
        /// Begin: its bytes are reserved until ``leave(_:)``.
        case begin
        /// Ask again: batches that run have the room, and it comes free when they end.
        case wait
        /// Give up for now: the disk is too full of other things, whatever ends here.
        case postpone
        /// Fail: the disk is too small.
        case never
    }

    private struct Waiting {
        let batch: BatchID
        var need: Int64
        var asked: ContinuousClock.Instant
    }

    private struct Running {
        let need: Int64
        /// The batches that waited when it began, and still wait.
        var passed: Set<BatchID>
    }

    /// How long a batch keeps its place in the line without asking. A job that is postponed comes back after 30 seconds
    /// and a poll, unless it was cancelled or another daemon has it.
    private static let memory = Duration.seconds(120)

    private var line: [Waiting] = []
    private var running: [String: Running] = [:]

    /// Nothing runs and nobody waits.
    package init() {}

    /// The folders of the batches that run. The caller measures how much they have written.
    package var folders: [String] { Array(running.keys) }

    /// The bytes that are reserved.
    package var reserved: Int64 { running.values.reduce(0) { $0 + $1.need } }

    /// A batch asks whether it may begin.
    ///
    /// - Parameters:
    ///   - need: The most bytes that it will have in `folder` at once.
    ///   - folder: The folder that it writes to, by which it is known while it runs.
    ///   - written: The bytes in the folders of the batches that run. One that is missing counts as empty.
    package mutating func ask(
        _ batch: BatchID,
        need: Int64,
        in folder: String,
        on disk: Disk,
        written: [String: Int64],
        at now: ContinuousClock.Instant
    ) -> Answer {
        line.removeAll { $0.batch != batch && $0.asked + Self.memory < now }
        // The room that there will be when every batch that runs has ended and its folder is removed.
        var whole = disk.room
        // The room that there is now, without what running batches will still write.
        var free = disk.room
        for (path, run) in running {
            let bytes = written[path] ?? 0
            whole += bytes
            free -= max(0, run.need - bytes)
        }
        guard need <= whole else {
            // It must not hold up those that fit.
            forget(batch)
            return need > disk.greatestRoom ? .never : .postpone
        }
        let place = stand(batch, need, now)
        let earlier = line[..<place]
        let names = Set(earlier.map(\.batch))
        // Those that passed the earlier ones run beside them, too.
        let passers = running.values.filter { !$0.passed.isDisjoint(with: names) }.reduce(0) { $0 + $1.need }
        let fitsBeside = earlier.isEmpty || need + passers + earlier.reduce(0) { $0 + $1.need } <= whole
        guard need <= free, fitsBeside else { return .wait }
        forget(batch)
        running[folder] = Running(need: need, passed: names)
        return .begin
    }

    /// The folder of a batch was removed. Does nothing for one that did not begin.
    package mutating func leave(_ folder: String) { running[folder] = nil }

    /// Puts a batch into the line, at its earlier place if it has one.
    private mutating func stand(_ batch: BatchID, _ need: Int64, _ now: ContinuousClock.Instant) -> Int {
        let waiting = Waiting(batch: batch, need: need, asked: now)
        guard let place = line.firstIndex(where: { $0.batch == batch }) else {
            line.append(waiting)
            return line.endIndex - 1
        }
        line[place] = waiting
        return place
    }

    private mutating func forget(_ batch: BatchID) {
        line.removeAll { $0.batch == batch }
        for folder in running.keys { running[folder]?.passed.remove(batch) }
    }
}
