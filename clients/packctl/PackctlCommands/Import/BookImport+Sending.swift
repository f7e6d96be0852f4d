internal import Crypto
internal import PackagingClient
internal import PackagingMessages

extension BookImport {
    /// SHA-256 of each file of the book, by path.
    func hash(_ live: LiveLines) async throws -> [String: String] {
        var files: [String: BookFolder.File] = [:]
        for file in book.chapters.flatMap(\.segments).compactMap(\.audio) + [book.cover].compactMap(\.self) {
            files[file.path] = file
        }
        let total = files.values.reduce(0) { $0 + $1.bytes }
        var progress = ImportProgress(verb: "reading", files: files.count, bytes: total)
        var digests: [String: String] = [:]
        for file in files.values.sorted(by: { $0.name < $1.name }) {
            try Task.checkCancellation()
            do {
                digests[file.path] = try FileDigest.sha256(ofFileAt: file.path)
            } catch {
                throw Complaint(.failed, "could not read \"\(file.name)\" of the book", detail: "\(error)")
            }
            progress.add(bytes: file.bytes)
            live.show([progress.line(width: live.width)])
        }
        return digests
    }

    /// Sends the cover; returns the refusal, or nil.
    func send(
        cover: BookFolder.File,
        _ digests: [String: String],
        to reply: ImportProjectReply,
        _ live: LiveLines
    ) async throws -> PackagingError? {
        live.show(["sending the cover"])
        let header = PutCoverHeader(
            project: reply.projectID,
            sha256: digests[cover.path] ?? "",
            sizeBytes: Int64(cover.bytes)
        )
        do throws(PackagingError) {
            _ = try await client.putCover(Upload(header, path: cover.path))
            return nil
        } catch {
            guard error.reason == "COVER_REFUSED" else { throw error }
            return error
        }
    }

    /// Sends the audio with the digests `missing`, and counts it and its refusals in `sent`.
    func send(
        _ missing: [String],
        _ digests: [String: String],
        to reply: ImportProjectReply,
        _ sent: inout Sent,
        _ live: LiveLines
    ) async throws {
        let wanted = Set(missing)
        var uploads: [Upload<PutAudioHeader>] = []
        var taken: Set<String> = []
        // Audio is sent in the order of the book, so that the beginning is complete first.
        for file in book.chapters.flatMap(\.segments).compactMap(\.audio) {
            guard let digest = digests[file.path], wanted.contains(digest), taken.insert(digest).inserted else {
                continue
            }
            let header = PutAudioHeader(project: reply.projectID, sha256: digest, sizeBytes: Int64(file.bytes))
            uploads.append(Upload(header, path: file.path))
        }
        let total = uploads.reduce(0) { $0 + Int($1.header.sizeBytes) }
        var progress = ImportProgress(verb: "sending", files: uploads.count, bytes: total)
        if !live.isLive, !uploads.isEmpty { console.message(progress.line(width: 200)) }
        sent.files = uploads.count
        try await client.putAudio(uploads) { upload, result in
            if case .failure(let error) = result {
                guard error.reason == "AUDIO_REFUSED" else { throw error }
                sent.refused[upload.header.sha256] = error.refusal
                sent.keeping += error.metadata["segmentsKeeping"].flatMap { Int($0) } ?? 0
            }
            let isNews = progress.add(bytes: Int(upload.header.sizeBytes))
            if live.isLive {
                live.show([progress.line(width: live.width)])
            } else if isNews {
                console.message(progress.line(width: 200))
            }
        }
    }
}

/// The progress of an import, as a line.
struct ImportProgress {
    let verb: String
    let files: Int
    let bytes: Int
    private(set) var filesDone = 0
    private(set) var bytesDone = 0

    init(verb: String, files: Int, bytes: Int) {
        self.verb = verb
        self.files = files
        self.bytes = bytes
    }

    /// Counts a file of `bytes` bytes; returns whether another tenth of the files is done.
    @discardableResult
    mutating func add(bytes: Int) -> Bool {
        let before = filesDone * 10 / max(1, files)
        filesDone += 1
        bytesDone += bytes
        return filesDone * 10 / max(1, files) > before
    }

    /// Such as "sending 12 of 46 files, 3.4 MB of 10.2 MB".
    func line(width: Int) -> String {
        let text =
            "\(verb) \(filesDone) of \(Quantities.count(files, "file")), "
            + "\(Quantities.size(bytesDone)) of \(Quantities.size(bytes))"
        return text.truncated(to: width)
    }
}
