internal import Foundation
internal import PackagingClient
internal import PackagingMessages

/// The state of the jobs of a batch. Its input is events, its output is lines and the outcome. It uses no terminal and
/// no clock.
struct JobBoard: Sendable {
    /// The state of one job.
    struct Row: Sendable, Hashable {
        var jobID: String
        var platform: String
        var status = JobStatus.queued
        var percent = 0
        var step = ""
        var error = ""
        /// The daemon's constant word for the error; empty where it gave none.
        var errorReason = ""
        var packageID = ""
        var estimate: Date?
    }

    /// The jobs, in the order of platforms.
    private(set) var rows: [Row]
    /// The last event that was seen.
    private(set) var lastSequence: Int64 = 0

    /// A board for the jobs that CreateAll returned for each platform; empty if none are known yet.
    init(jobIDs: [String: String] = [:]) {
        rows = jobIDs.map { Row(jobID: $0.value, platform: $0.key) }
        sort()
    }

    /// Updates the board with `event`.
    ///
    /// Returns whether the change needs a new line: a new state, a new step, or ten percent more, and the line's text
    /// differs from the last. The event of a step may come before that of its state.
    @discardableResult
    mutating func apply(_ event: JobEvent) -> Bool {
        lastSequence = max(lastSequence, event.sequence)
        var row = rows.first { $0.jobID == event.jobID } ?? Row(jobID: event.jobID, platform: event.platformID)
        let before = rows.first { $0.jobID == event.jobID }
        // A job that is queued again after its end begins at zero. Otherwise a bar never falls back: the daemon keeps the
        // percentage over attempts, and its step says when one starts again.
        let isRetry = row.status.isTerminal && !event.status.isTerminal
        let percent = min(100, max(0, Int(event.progressPercent)))
        row.percent = isRetry ? percent : max(row.percent, percent)
        row.status = event.status
        row.step = event.currentStep
        row.error = event.errorMessage
        row.errorReason = event.errorReason
        row.packageID = event.packageID
        row.estimate = event.estimatedCompletionAt?.date
        rows.removeAll { $0.jobID == event.jobID }
        rows.append(row)
        sort()
        guard let before, before.plainLine != row.plainLine else { return before == nil }
        return before.status != row.status || before.step != row.step || before.percent / 10 != row.percent / 10
    }

    /// The row of the job `id`.
    func row(of id: String) -> Row? { rows.first { $0.jobID == id } }

    /// Whether every known job has ended.
    var isFinished: Bool { !rows.isEmpty && rows.allSatisfy(\.status.isTerminal) }

    /// The common outcome: done if every job completed, partial if only some did, refused if a quota was in the way of all.
    var outcome: CommandStatus {
        let completed = rows.count { $0.status == .completed }
        if completed == rows.count { return .done }
        if completed > 0 { return .partial }
        return rows.allSatisfy(\.isRefused) ? .refused : .failed
    }

    private mutating func sort() {
        let order = { (row: Row) in BookReader.platforms.firstIndex(of: row.platform) ?? .max }
        rows.sort { (order($0), $0.platform, $0.jobID) < (order($1), $1.platform, $1.jobID) }
    }
}

extension JobStatus {
    /// Whether the job has ended.
    var isTerminal: Bool { self == .completed || self == .failed || self == .cancelled }

    /// The state for people: "downloading audio".
    var words: String { (word ?? "state \(rawValue)").split(separator: "_").joined(separator: " ") }
}

extension JobBoard.Row {
    /// Whether the job failed because the tenant may have no more, and not for what is in the book.
    var isRefused: Bool { status == .failed && errorReason == Self.storageQuota }

    /// The daemon's word for a package that the tenant has no room for.
    private static let storageQuota = "STORAGE_QUOTA"

    /// The current step, or how the job ended.
    var story: String {
        switch status {
        case .failed: error.isEmpty ? "failed" : "failed: \(error)"
        case .completed, .cancelled: status.words
        default: step.isEmpty ? status.words : step
        }
    }

    /// One line for a log: "google: 45%, encoding chapter 5 of 12".
    var plainLine: String {
        let story = story.printable
        return status.isTerminal ? "\(platform): \(story)" : "\(platform): \(percent)%, \(story)"
    }
}
