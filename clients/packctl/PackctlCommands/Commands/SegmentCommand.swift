internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// `packctl segment PROJECT ID [--text T] [--audio F]`
struct SegmentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "segment",
        abstract: "Change the text or the audio of one segment.",
        discussion: """
            A new text without new audio leaves the segment without audio, for the old one says something else. The next \
            create makes new versions of the packages. "packctl manifest PROJECT" lists the segments with their ids.

            Audio that is refused makes the exit code 7. A segment that has audio then keeps it, and its text.

            EXAMPLES
              packctl segment the-knot-keeper 0b8f4c52-0f5e-4d0a-8a55-52f6f1f0a0c3 \\
                  --audio retake.wav
              packctl segment the-knot-keeper 0b8f4c52-0f5e-4d0a-8a55-52f6f1f0a0c3 \\
                  --text "It was a dark day."
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @Argument(help: ArgumentHelp("The segment's id.", valueName: "id"))
    var segment: String

    @Option(help: ArgumentHelp("What the segment says now.", valueName: "t"))
    var text: String?

    @Option(help: ArgumentHelp("The file with its new audio.", valueName: "f"), completion: .file())
    var audio: String?

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        guard text != nil || audio != nil else {
            throw Complaint(.usage, "name a new --text, a new --audio, or both")
        }
        if let text, text.utf8.count > BookReader.Limit.textBytes {
            throw Complaint(
                .usage,
                "--text is longer than \(BookReader.Limit.textBytes) bytes",
                hint: "A segment is a sentence or a paragraph of speech; split it in the book and import that again."
            )
        }
        if let audio { _ = try ArgumentFile(audio, as: "audio", limit: BookReader.Limit.audioBytes) }
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let file = try audio.map { path throws(Complaint) in
            try ArgumentFile(path, as: "audio", limit: BookReader.Limit.audioBytes)
        }
        let digest = try file?.digest()
        var reply = try await client.updateSegment(
            UpdateSegmentRequest(
                project: project,
                segmentID: segment,
                newText: text.map { .text($0) },
                newAudio: digest.map { .audioSha256($0) }
            )
        )
        var refusal: PackagingError?
        if reply.missingAudio, let file, let digest {
            refusal = try await send(file, digest, client)
            reply.missingAudio = refusal.map { !$0.keepsEarlier } ?? false
        }
        // A segment that keeps what it had was not updated.
        if global.json || refusal?.keepsEarlier != true {
            show(reply, on: console) { ["updated segment \(segment)"] }
        }
        if let refusal {
            throw Complaint(
                .partial,
                refusal.keepsEarlier
                    ? "segment \"\(segment)\" keeps its earlier audio and text: the new audio was refused: \(refusal.refusal)"
                    : "segment \"\(segment)\" has no audio: \(refusal.refusal)",
                hint: "Mend the file and run the command again."
            )
        }
        if reply.missingAudio, !global.json {
            console.message(
                "hint: The segment has no audio now. Give it some with --audio, or have it spoken with "
                    + "\"packctl create \(project) --generate-missing\"."
            )
        }
        return .done
    }

    /// Sends the audio; returns why it was refused, or nil.
    private func send(_ file: ArgumentFile, _ digest: String, _ client: PackagingClient) async throws -> PackagingError?
    {
        let header = PutAudioHeader(project: project, sha256: digest, sizeBytes: Int64(file.bytes))
        do throws(PackagingError) {
            guard try await client.putAudio(Upload(header, path: file.path)).segments > 0 else {
                throw PackagingError(
                    .aborted,
                    "segment \"\(segment)\" was not updated: it was changed by somebody else meanwhile",
                    hint: "Look at it with \"packctl manifest \(project)\", and run the command again."
                )
            }
            return nil
        } catch {
            guard error.reason == "AUDIO_REFUSED" else { throw error }
            return error
        }
    }
}
