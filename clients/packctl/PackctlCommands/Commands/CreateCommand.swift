internal import ArgumentParser
internal import Foundation
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

internal import struct Model.SharedReasons

/// `packctl create PROJECT`
struct CreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Start packaging a project for its platforms.",
        discussion: """
            The jobs run on in the daemon whether or not anybody watches: Ctrl-C ends the watching, "packctl cancel" the jobs. \
            Platforms that are not ready are named on standard error and make the exit code 7; it is 5 when none is ready. \
            With --json the reply lists them.

            EXAMPLES
              packctl create the-knot-keeper --watch
              packctl create the-knot-keeper --platform google --platform kobo
              packctl create the-knot-keeper --generate-missing --validate --watch
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @Option(
        name: .customLong("platform"),
        help: ArgumentHelp(
            "Only this platform; may be repeated. The project's enabled platforms otherwise.",
            valueName: "p"
        ),
        completion: Completion.platforms
    )
    var platforms: [String] = []

    @Flag(help: "Speak segments that have text and no audio.")
    var generateMissing = false

    @Flag(help: "Validate each package once it is made.")
    var validate = false

    @Flag(help: "Follow the jobs to their end.")
    var watch = false

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        for platform in platforms { try PlatformName.check(platform) }
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let reply = try await client.createAll(
            CreateAllRequest(
                project: project,
                platformIDs: platforms,
                generateMissingAudio: generateMissing,
                validateAfterCreation: validate,
                requestID: UUID().uuidString.lowercased()
            )
        )
        let refusals = reply.refused.map { (platform: $0.platformID, reasons: $0.reasons) }
        for shared in SharedReasons.grouped(refusals) { console.message("packctl: \(shared.line)".printable) }
        guard !reply.jobIDs.isEmpty else {
            if global.json { console.result(reply.json) }
            throw Complaint(
                .notReady,
                "could not start packaging project \"\(project)\": \(reply.message)",
                hint: "See what is missing with \"packctl readiness \(project)\".",
                details: refusals.flatMap { refusal in
                    refusal.reasons.map { ComplaintDetail(message: $0, platform: refusal.platform) }
                }
            )
        }
        if global.json {
            console.result(reply.json)
        } else if watch {
            console.message(reply.message.printable)
        } else {
            console.result(reply.message.printable)
            for (platform, job) in reply.jobIDs.sorted(by: { $0.key < $1.key }) {
                console.result("\(platform)  \(job)")
            }
            console.message("hint: Follow them with \"packctl watch \(reply.batchID)\".")
        }
        let started: CommandStatus = reply.refused.isEmpty ? .done : .partial
        guard watch else { return started }
        let watcher = Watcher(client: client, console: console, json: global.json)
        let board = try await watcher.follow(
            .batchID(reply.batchID),
            board: JobBoard(jobIDs: reply.jobIDs),
            name: reply.batchID
        )
        if !global.json { try await watcher.showPackages(of: board, project: project, validated: validate) }
        return board.outcome == .done ? started : board.outcome
    }
}
