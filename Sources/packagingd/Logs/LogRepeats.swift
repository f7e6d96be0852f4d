import Logging

/// Decides which of many equal lines of the log are written: the first ones, then one in each period, and how many were
/// left out. The period doubles while the lines go on. No I/O and no clock: the caller says what time it is.
struct LogRepeats {
    /// Lines that tell the same: level, sentence, and what is wrong.
    struct Kind: Hashable {
        var level: Logger.Level
        var label: String
        var message: String
        var error: String
    }

    /// The lines of one kind that were left out in one period.
    struct Omission: Equatable {
        var kind: Kind
        var count: Int
        /// Since when they were left out.
        var seconds: Int
        /// The calls and jobs that the lines were about, the first of them only.
        var ids: [String]
    }

    /// So many lines of a kind are written before any is left out.
    static let first = 5
    /// The first period, and the longest.
    static let periods: (first: Duration, longest: Duration) = (.seconds(60), .seconds(600))
    /// So many kinds are remembered. The one that was quiet for the longest time is forgotten first, and told then.
    static let kinds = 200
    /// So many ids of calls and jobs are kept in a period.
    static let idsAtOnce = 50

    private struct Entry {
        /// How many more lines are written in this period.
        var room: Int
        var begin: Duration
        var period: Duration
        var lastSeen: Duration
        var omitted = 0
        var ids: [String] = []
    }

    private var entries: [Kind: Entry] = [:]

    /// Whether a line of `kind` is written.
    ///
    /// - Parameters:
    ///   - id: The call or the job that the line is about.
    ///   - now: The time since any moment that stays the same.
    /// - Returns: Also what is to be told before, because a period is over.
    mutating func line(_ kind: Kind, id: String?, at now: Duration) -> (isWritten: Bool, told: [Omission]) {
        var told = due(at: now)
        var entry =
            entries[kind] ?? Entry(room: Self.first, begin: now, period: Self.periods.first, lastSeen: now)
        entry.lastSeen = now
        let isWritten = entry.room > 0
        if isWritten {
            entry.room -= 1
        } else {
            entry.omitted += 1
            if let id, entry.ids.count < Self.idsAtOnce, !entry.ids.contains(id) { entry.ids.append(id) }
        }
        entries[kind] = entry
        if entries.count > Self.kinds, let quiet = entries.min(by: { $0.value.lastSeen < $1.value.lastSeen })?.key {
            told += end(quiet, at: now)
        }
        return (isWritten, told)
    }

    /// Ends the periods that are over.
    ///
    /// - Returns: What was left out in them.
    mutating func due(at now: Duration) -> [Omission] {
        var told: [Omission] = []
        for (kind, entry) in entries where now >= entry.begin + entry.period {
            // A kind that left nothing out in a whole period begins anew.
            guard let omission = omission(kind, entry, at: now) else {
                entries[kind] = nil
                continue
            }
            told.append(omission)
            entries[kind] = Entry(
                room: 1,
                begin: now,
                period: min(entry.period * 2, Self.periods.longest),
                lastSeen: entry.lastSeen
            )
        }
        return told.sorted { $0.kind.message < $1.kind.message }
    }

    /// Ends all periods, because the program ends.
    mutating func finish(at now: Duration) -> [Omission] {
        entries.keys.sorted { $0.message < $1.message }.flatMap { end($0, at: now) }
    }

    private mutating func end(_ kind: Kind, at now: Duration) -> [Omission] {
        guard let entry = entries.removeValue(forKey: kind) else { return [] }
        return omission(kind, entry, at: now).map { [$0] } ?? []
    }

    private func omission(_ kind: Kind, _ entry: Entry, at now: Duration) -> Omission? {
        guard entry.omitted > 0 else { return nil }
        let seconds = Int((now - entry.begin).components.seconds)
        return Omission(kind: kind, count: entry.omitted, seconds: seconds, ids: entry.ids)
    }
}
