internal import Foundation
internal import PackagingClient
internal import PackagingMessages

/// What is known of the jobs of a batch: events go in, lines and the outcome come out. No terminal and no clock inside.
struct JobBoard: Sendable {
    /// Where one job stands.
    struct Row: Sendable, Hashable {
        var jobID: String
        var platform: String
        var status = JobStatus.queued
        var percent = 0
        var step = ""
        var error = ""
        var packageID = ""
        var estimate: Date?
    }

    /// The jobs, in the order of the stores.
    private(set) var rows: [Row]
    /// The last event that was seen.
    private(set) var lastSequence: Int64 = 0

    /// A board for the jobs by platform that CreateAll answered with, or for none that are known yet.
    init(jobIDs: [String: String] = [:]) {
        rows = jobIDs.map { Row(jobID: $0.value, platform: $0.key) }
        sort()
    }

    /// Takes over what `event` says.
    ///
    /// Returns whether it is worth a line of its own: a new state, a new step, or ten percent more, in other words than
    /// before. Word of a step may come before the state that belongs to it.
    @discardableResult
    mutating func apply(_ event: JobEvent) -> Bool {
        lastSequence = max(lastSequence, event.sequence)
        var row = rows.first { $0.jobID == event.jobID } ?? Row(jobID: event.jobID, platform: event.platformID)
        let before = rows.first { $0.jobID == event.jobID }
        row.status = event.status
        row.percent = min(100, max(0, Int(event.progressPercent)))
        row.step = event.currentStep
        row.error = event.errorMessage
        row.packageID = event.packageID
        row.estimate = event.estimatedCompletionAt?.date
        rows.removeAll { $0.jobID == event.jobID }
        rows.append(row)
        sort()
        guard let before, before.plainLine != row.plainLine else { return before == nil }
        return before.status != row.status || before.step != row.step || before.percent / 10 != row.percent / 10
    }

    /// Where the job `id` stands.
    func row(of id: String) -> Row? { rows.first { $0.jobID == id } }

    /// Whether every job known has ended.
    var isFinished: Bool { !rows.isEmpty && rows.allSatisfy(\.status.isTerminal) }

    /// How it all ended: done when every job completed, partial when some did.
    var outcome: CommandStatus {
        let completed = rows.count { $0.status == .completed }
        return completed == rows.count ? .done : completed > 0 ? .partial : .failed
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
    /// What is happening, or how it ended.
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
