internal import Foundation
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf
internal import Synchronization

/// Follows jobs and shows their progress: as bars on a terminal, as lines of text elsewhere, and with `--json` as a
/// line of JSON for each event.
struct Watcher {
    let client: PackagingClient
    let console: Console
    let json: Bool

    /// Follows `target` to its end and returns the board with the result of each job.
    ///
    /// - Throws: ``Complaint`` if the user interrupted it. The jobs continue, and the hint says how to watch them
    ///   again.
    func follow(
        _ target: WatchJobRequest.Target,
        board: JobBoard,
        after sequence: Int64 = 0,
        name: String
    ) async throws -> JobBoard {
        let live = LiveLines(console)
        let board = SharedBoard(board)
        let draw = { @Sendable () -> Void in
            guard !json else { return }
            let lines = BarLine(style: console.style, time: TimeText()).lines(board.value, width: live.width)
            live.show(lines)
        }
        defer { live.close(keepingLines: true) }
        let events = client.events(
            of: target,
            after: sequence,
            onInterruption: { live.note(Self.lost($0)) },
            onResumption: { live.note(Self.back) }
        )
        do {
            return try await withThrowingTaskGroup(of: Void.self) { group in
                // The remaining time is redrawn between events too.
                group.addTask {
                    while true {
                        draw()
                        try await Task.sleep(for: .milliseconds(250))
                    }
                }
                defer { group.cancelAll() }
                var isCompacted = false
                for try await event in events {
                    if event.compacted, !isCompacted {
                        isCompacted = true
                        live.note(Self.compacted)
                    }
                    let isNews = board.apply(event)
                    if json {
                        console.result(event.json)
                    } else if !live.isLive, isNews, let row = board.value.row(of: event.jobID) {
                        console.message(row.plainLine)
                    }
                }
                draw()
                return board.value
            }
        } catch let error as PackagingError where error.code != .cancelled && !Task.isCancelled {
            throw error
        } catch {
            throw Complaint(
                .interrupted,
                "stopped watching; the jobs run on",
                hint: "Watch on with \"packctl watch \(name) --after \(board.value.lastSequence)\", or stop them with "
                    + "\"packctl cancel \(name)\"."
            )
        }
    }

    /// The message when steps that were asked for are not there any more.
    static let compacted =
        "packctl: earlier steps were removed, because they are kept for a limited time; this is the present state"

    /// The message when a connection is lost and will be opened again.
    static func lost(_ error: PackagingError) -> String {
        "packctl: lost the daemon (\(error.message.printable)); trying again"
    }

    /// The message when it was opened again.
    static let back = "packctl: the daemon is back"

    /// The result of one job, for standard output.
    static func resultLine(_ row: JobBoard.Row) -> String {
        row.status == .completed
            ? "\(row.platform)  completed  package \(row.packageID)" : "\(row.platform)  \(row.story.printable)"
    }

    /// Prints a table of the packages that were made, and a line for each job that made none.
    ///
    /// - Parameter validated: Whether the packages were to be validated.
    func showPackages(of board: JobBoard, project: String, validated: Bool) async throws {
        let made = Set(board.rows.filter { $0.status == .completed }.map(\.packageID))
        let packages = made.isEmpty ? [] : try await client.packages(of: project).0.filter { made.contains($0.id) }
        let lines = Self.lines(board, packages: packages, validated: validated, layout: console.layout)
        for line in lines { console.result(line) }
    }

    /// The lines about the ends of all jobs, of which `packages` were made.
    static func lines(_ board: JobBoard, packages: [Package], validated: Bool, layout: Table.Layout) -> [String] {
        var lines: [String] = []
        if !packages.isEmpty {
            var columns: [Table.Column] = [
                .init(heading: "PLATFORM"),
                .init(heading: "VERSION", isNumber: true),
                .init(heading: "SIZE", isNumber: true),
                .init(heading: "LENGTH", isNumber: true, givesWay: .leftOut(rank: 1)),
            ]
            if validated { columns.append(.init(heading: "VALID")) }
            columns.append(.init(heading: "PACKAGE", givesWay: .ownLine(rank: 2)))
            var table = Table(columns)
            for row in board.rows {
                for package in packages where package.id == row.packageID {
                    var cells = [
                        row.platform, "\(package.version)", Quantities.size(package.fileSizeBytes),
                        Quantities.length(seconds: package.durationSeconds),
                    ]
                    if validated { cells.append(package.verdict) }
                    table.add(cells + [package.id])
                }
            }
            lines += table.lines(layout)
        }
        for row in board.rows where !packages.contains(where: { $0.id == row.packageID }) {
            lines.append(resultLine(row))
        }
        return lines
    }
}

/// The board of one watch. Events change it while its bars are drawn.
private final class SharedBoard: Sendable {
    private let board: Mutex<JobBoard>

    init(_ board: JobBoard) { self.board = Mutex(board) }

    var value: JobBoard { board.withLock { $0 } }

    func apply(_ event: JobEvent) -> Bool { board.withLock { $0.apply(event) } }
}
