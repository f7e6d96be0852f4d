import Assets
import Blobs
import Concurrency
import Files
import Model
import Planning
import Speech
import Store
import Workers

import struct Crypto.SHA256

/// Speaks the segments of a book that have text and no audio. Text that was spoken before is found again, not spoken
/// again.
struct MissingAudio: Sendable {
    /// The number of texts that are spoken at once for one batch.
    private static let voices = 4

    let providers: [String: any SpeechProvider]
    let audio: AudioStore
    let blobs: any BlobStore
    let workers: WorkerPool
    let tenant: TenantID
    let scratch: ScratchFolder

    /// A text that is spoken once with one voice, and all the segments that it belongs to.
    private struct Speech: Sendable {
        let key: SpeechKey
        let text: String
        var lines: [SpeechPlan.Line]
    }

    /// Speaks all of `plan` and gives it to the segments, unless the book has changed since `revision`.
    ///
    /// - Parameter progress: Called with the number of segments that are done.
    /// - Throws: ``PackagingError`` with code `failedPrecondition`, which names the segments that cannot be spoken. The
    ///   other segments are recorded all the same, and not spoken again.
    func speak(
        _ plan: SpeechPlan,
        of project: ProjectID,
        revision: Int64,
        progress: @Sendable (Int) -> Void
    ) async throws {
        var spoken: [SegmentID: Digest] = [:]
        var refusals = Refusals()
        progress(0)
        func give(_ digest: Digest, to speech: Speech) {
            for line in speech.lines { spoken[line.segment] = digest }
            progress(spoken.count)
        }

        var unspoken: [Speech] = []
        for speech in speeches(of: plan, &refusals) {
            if let known = try await audio.audio(
                spoken: speech.key,
                provenance: provenance(of: speech.key),
                tenant: tenant
            ) {
                give(known.audio.digest, to: speech)
            } else {
                unspoken.append(speech)
            }
        }
        for start in stride(from: 0, to: unspoken.count, by: WorkerPool.segmentsPerMeasurement) {
            let batch = Array(unspoken[start..<min(unspoken.count, start + WorkerPool.segmentsPerMeasurement)])
            let before = spoken.count
            let paths = try await files(of: batch, from: start, &refusals) { done in progress(before + done) }
            for (index, audio) in try await record(batch, paths, &refusals) { give(audio, to: batch[index]) }
        }
        if let error = refusals.error { throw error }
        _ = try await audio.attach(spoken: spoken, project: project, revision: revision, tenant: tenant)
    }

    private func speeches(of plan: SpeechPlan, _ refusals: inout Refusals) -> [Speech] {
        var speeches: [Speech] = []
        var places: [SpeechKey: Int] = [:]
        for line in plan.lines {
            guard let provider = providers[line.provider],
                let text = Digest(bytes: SHA256.hash(data: Array(line.text.utf8)))
            else { continue }
            guard let voice = line.voice ?? provider.usualVoice(for: plan.language) else {
                refusals.add("\(provider.name) has no voice for the language \"\(plan.language)\"", [line])
                continue
            }
            let key = SpeechKey(
                voice: Voice(provider: line.provider, name: voice),
                language: plan.language,
                text: text
            )
            if let place = places[key] {
                speeches[place].lines.append(line)
            } else {
                places[key] = speeches.count
                speeches.append(Speech(key: key, text: line.text, lines: [line]))
            }
        }
        return speeches
    }

    // MARK: Making

    /// Speaks each text into a file.
    ///
    /// - Returns: The paths of the files by their place. A text without a path was refused.
    private func files(
        of speeches: [Speech],
        from first: Int,
        _ refusals: inout Refusals,
        progress: @Sendable (Int) -> Void
    ) async throws -> [Int: String] {
        var paths: [Int: String] = [:]
        var segments = 0
        try await withBoundedTasks(speeches.indices, atOnce: Self.voices) { index in
            let path = scratch.file("speech-\(first + index)")
            do {
                try await speak(speeches[index], to: path)
                return Result<String, PackagingError>.success(path)
            } catch let error as PackagingError where error.code == .invalidArgument {
                return .failure(error)
            }
        } receive: { index, result in
            switch result {
            case .success(let path): paths[index] = path
            case .failure(let error): refusals.add(error.message, speeches[index].lines)
            }
            segments += speeches[index].lines.count
            progress(segments)
        }
        return paths
    }

    private func speak(_ speech: Speech, to path: String) async throws {
        guard let provider = providers[speech.key.voice.provider] else { return }
        let utterance = Utterance(
            text: speech.text,
            voice: speech.key.voice.name,
            language: speech.key.language
        )
        try await provider.speak(utterance, to: path)
    }

    /// Measures and stores the spoken files, and records which text and voice they were made from.
    ///
    /// - Returns: The digests by their place. A text without a digest was refused.
    private func record(
        _ speeches: [Speech],
        _ paths: [Int: String],
        _ refusals: inout Refusals
    ) async throws -> [Int: Digest] {
        let files = paths.sorted { $0.key < $1.key }
        let outcomes: [MeasureOutcome]
        do throws(WorkerError) {
            outcomes = try await workers.measure(files.map { .reading($0.value) }, tenant: tenant)
        } catch {
            throw PackagingError(ofJob: error)
        }
        var spoken: [StoredAudio] = []
        var contents: [ContentFile] = []
        var digests: [Int: Digest] = [:]
        for ((index, path), outcome) in zip(files, outcomes) {
            let speech = speeches[index]
            let judged: Result<AudioMeasurement, AudioRefusal>
            do throws(WorkerError) {
                judged = try outcome.judged()
            } catch {
                throw PackagingError(ofJob: error)
            }
            switch judged {
            case .success(let measurement):
                let audio = try await audio(in: path, measurement)
                spoken.append(
                    StoredAudio(audio: audio, provenance: provenance(of: speech.key), speech: speech.key)
                )
                contents.append(ContentFile(path: path, bytes: Int64(audio.bytes), location: audio.location))
                digests[index] = audio.digest
            case .failure(let refusal):
                refusals.add("what was spoken cannot be used: \(refusal.reason)", speech.lines)
            }
        }
        try await blobs.store(contents, from: scratch) {
            try await audio.announce("segments", Array(Set(digests.values)), tenant: tenant)
        } record: {
            try await audio.record(spoken: spoken, tenant: tenant)
        }
        for path in paths.values { try await scratch.perform { () throws(FileError) in try FileTree.removeFile(path) } }
        return digests
    }

    /// The engine with its version, and the voice.
    private func provenance(of key: SpeechKey) -> String {
        providers[key.voice.provider]?.provenance(of: key.voice.name) ?? ""
    }

    /// The measured audio of a file, and where its bytes are stored.
    private func audio(in path: String, _ measurement: AudioMeasurement) async throws -> MeasuredAudio {
        let facts = try await scratch.facts(of: path)
        return MeasuredAudio(
            digest: facts.digest,
            bytes: Int(facts.bytes),
            measurement: measurement,
            location: TenantContainers.content("segments", facts.digest, of: tenant)
        )
    }
}

/// The reasons why segments cannot be spoken, with the segments.
private struct Refusals: Sendable {
    private var places: [String: [SegmentPlace]] = [:]

    mutating func add(_ reason: String, _ lines: [SpeechPlan.Line]) {
        places[reason, default: []] += lines.map(\.place)
    }

    /// All refusals in one line; nil if there are none.
    var error: PackagingError? {
        guard !places.isEmpty else { return nil }
        let words = places.sorted { $0.key < $1.key }.map { reason, places in
            let ordered = places.sorted { ($0.chapter, $0.segment) < ($1.chapter, $1.segment) }
            return "\(SpeechPlan.words(for: ordered)): \(reason)"
        }
        return PackagingError(
            .failedPrecondition,
            "cannot speak \(words.joined(separator: "; "))",
            reason: "SPEECH_REFUSED",
            hint: "Name another voice for these segments, or give them audio."
        )
    }
}
