internal import Descriptors
internal import Files
internal import Glibc
internal import Model
internal import Processes

/// Speaks with the program espeak-ng. Each text gets its own process, which is confined as far as a foreign program can
/// be.
///
/// The library is not used, because it gives wrong audio from several threads and its licence would apply to the
/// daemon. The same text and voice give the same bytes.
package struct EspeakNG: SpeechProvider {
    /// The name under which books ask for the engine.
    package let name = "espeak"
    /// Its version, such as `1.51`.
    package let version: String

    private let executable: String
    private let voices: EspeakVoices
    private let launcher: Launcher
    private let clock: any Clock<Duration>
    /// The user that the process runs as; our own if nil.
    private let user: ChildSpecification.User?

    init(
        executable: String,
        version: String,
        voices: EspeakVoices,
        launcher: Launcher,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.executable = executable
        self.version = version
        self.voices = voices
        self.launcher = launcher
        self.clock = clock
        user = geteuid() == 0 ? ChildSpecification.User(uid: 65_534, gid: 65_534) : nil
    }

    /// The engine's voice for the tag, or for the language without its region.
    package func usualVoice(for language: String) -> String? {
        let tag = language.lowercased()
        let primary = String(tag.prefix { $0 != "-" })
        // The engine's default for English is the British voice, and its code for Mandarin is not `zh`.
        let known = ["en": "en-us", "zh": "cmn", "no": "nb"]
        return [tag, known[primary] ?? primary, primary].first { voices.languages.contains($0) }
    }

    /// The engine, its version and the voice.
    package func provenance(of voice: String) -> String { "espeak-ng \(version) \(voice)" }

    /// Speaks a whole utterance into a WAV file at `path`. The file is a pause if nothing in the text can be heard.
    ///
    /// It may take at most 10 s plus a second for every 100 bytes of text.
    ///
    /// - Throws: ``PackagingError``; with code `resourceExhausted` and reason `SCRATCH_FULL` if the disk is full.
    package func speak(_ utterance: Utterance, to path: String) async throws {
        do {
            try await speakUnchecked(utterance, to: path)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            if await isFull(path) || (error as? FileError)?.isFull == true { throw Self.full(error) }
            throw error
        }
        // The engine ends with success when it could not write all of its audio, and the header of the file then gives the
        // size of what was written. Only the disk shows it.
        if await isFull(path) { throw Self.full(nil) }
    }

    private func speakUnchecked(_ utterance: Utterance, to path: String) async throws {
        let text = EspeakText(utterance.text)
        guard let spoken = text.spoken else { return try await writePause(to: path) }
        guard voices.contains(utterance.voice) else { throw Self.noVoice(utterance.voice) }
        let run: Run
        do {
            run = try await prepare(spoken, voice: utterance.voice, path: path)
        } catch let error as ProcessError {
            throw PackagingError(error.isShortage ? .resourceExhausted : .unavailable, "\(error)", cause: error)
        }
        let status = try await status(of: run.child, within: .seconds(10) + .milliseconds(10) * spoken.utf8.count)
        guard status.isSuccess else {
            let words = String(decoding: run.errors.readTail(limit: 4096), as: UTF8.self)
            throw failure(status, words.split(whereSeparator: \.isNewline).last.map(String.init), utterance.voice)
        }
        // 22,050 samples a second of 2 bytes, after a header of 44 bytes.
        let seconds = max(0, Double(try await size(of: path) - 44) / 44_100)
        if text.letters == 0 && seconds < 0.1 { return try await writePause(to: path) }
        guard seconds * 50 >= Double(text.letters) else {
            throw PackagingError(
                .invalidArgument,
                "espeak-ng said \(text.letters) letters in \(Int(seconds * 1000)) ms as \"\(utterance.voice)\": it left "
                    + "some out"
            )
        }
    }

    // MARK: The process

    private struct Run: Sendable {
        let child: ChildProcess
        let errors: Descriptor
    }

    /// Starts the engine on `text`. It needs to open none of our files, because text and output are passed as open
    /// descriptors.
    private func prepare(_ text: String, voice: String, path: String) async throws -> Run {
        let user = user
        let (input, output) = try await BlockingThread.run(named: "speech") {
            // A file is used because the whole text may not fit into a pipe. Its name is not needed after it is opened.
            let textPath = path + ".txt"
            let file = try OpenFile(textPath, .creating)
            try file.write(Array(text.utf8))
            let input = try Descriptor.open(textPath, O_RDONLY)
            try FileTree.removeFile(textPath)
            let output = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL)
            // The engine opens its output by name, with the rights of its own user.
            if let user, output.withNumber({ fchown($0, user.uid, user.gid) }) != 0 {
                throw ProcessError("give \"\(path)\" to user \(user.uid)", errno)
            }
            return (input, output)
        }
        let errors = try Descriptor.pipe()
        for end in [errors.read, errors.write] { end.setNonBlocking() }
        let child = try await launcher.launch(
            ChildSpecification(
                executable: executable,
                // The text is UTF-8 and comes from standard input, where a leading "-" is not an option. Only with -w
                // are the sizes in the header right.
                arguments: ["-b", "1", "-v", voice, "--stdin", "-w", "/proc/self/fd/1"],
                descriptors: [
                    (child: STDIN_FILENO, parent: input),
                    (child: STDOUT_FILENO, parent: output),
                    (child: STDERR_FILENO, parent: errors.write),
                ],
                user: user,
                workingDirectory: "/",
                limits: [
                    .addressSpace: 512 << 20,
                    .cpuSeconds: UInt64(10 + text.utf8.count / 100),
                    // The longest name of a letter takes three seconds. The engine's sound library, which is not needed
                    // here, requires a shared memory of 64 MiB.
                    .fileSize: UInt64(128 << 20 + text.unicodeScalars.count * 150_000),
                    .openFiles: 32,
                    .core: 0,
                ],
                niceness: 5
            )
        )
        return Run(child: child, errors: errors.read)
    }

    /// Waits for the engine's end. The engine is ended after `limit`, or when the task is cancelled.
    private func status(of child: ChildProcess, within limit: Duration) async throws -> ExitStatus {
        let clock = clock
        let (status, isOverdue) = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                // A process that ended by itself is not overdue, even if we look late.
                guard (try? await clock.sleep(for: limit)) != nil, child.exitStatus == nil else { return false }
                child.signalGroup(SIGKILL)
                return true
            }
            let status = await withTaskCancellationHandler {
                await child.wait()
            } onCancel: {
                child.signalGroup(SIGKILL)
            }
            group.cancelAll()
            return (status, await group.next() ?? false)
        }
        try Task.checkCancellation()
        guard !isOverdue else {
            throw PackagingError(.unavailable, "espeak-ng did not end within \(limit.components.seconds) s")
        }
        return status
    }

    private func failure(_ status: ExitStatus, _ words: String?, _ voice: String) -> PackagingError {
        // The voice is in the engine's list but its files are missing. Failures with other causes have other numbers.
        if status == .exited(1) { return Self.noVoice(voice) }
        let words = words.map { ": \($0.prefix(160))" } ?? ""
        // A signal from outside means that the machine is short of memory. The job waits, and counts no failure.
        return PackagingError(
            status.isFromOutside ? .resourceExhausted : .unavailable,
            "espeak-ng \(status)\(words)"
        )
    }

    private static func noVoice(_ voice: String) -> PackagingError {
        PackagingError(
            .invalidArgument,
            "espeak-ng has no voice \"\(voice.prefix(80))\"",
            reason: "NO_SUCH_VOICE",
            hint: "Look at its voices with \"espeak-ng --voices\"."
        )
    }

    // MARK: Files

    private func writePause(to path: String) async throws {
        try await BlockingThread.run(named: "speech") {
            try FileTree.removeFile(path)
            try OpenFile(path, .creating).write(Pause.wave)
        }
    }

    /// Whether the disk of `path` has no room for the end of a file.
    private func isFull(_ path: String) async -> Bool {
        let space = try? await BlockingThread.run(named: "speech") {
            try FileSystemSpace(of: FileTree.parent(of: path) ?? "/")
        }
        return space.map { $0.freeBytes < 64 << 10 } ?? false
    }

    private static func full(_ cause: (any Error)?) -> PackagingError {
        PackagingError(
            .resourceExhausted,
            "the disk for scratch files is full",
            reason: "SCRATCH_FULL",
            hint: "Make room on the disk of the folder \"scratch\" in the state folder.",
            retryAfter: .seconds(30),
            cause: cause
        )
    }

    private func size(of path: String) async throws -> Int64 {
        try await BlockingThread.run(named: "speech") { try OpenFile(path, .reading).size }
    }
}
