import Assets
import Blobs
import Concurrency
import Model
import Packagers
import Planning
import Store

/// Sends one job's package to the blob store while its later chapters are still being encoded.
struct PackageUpload: Sendable {
    let blobs: any BlobStore
    let scratch: ScratchFolder
    let renders: EncodedRenders

    /// Builds the package of `platform` and commits it to `location`.
    ///
    /// - Parameters:
    ///   - encoding: Called once, when the first chapter of the package that is not copied begins to be encoded.
    ///   - encoded: Called when the last chapter of the package is there.
    ///   - sent: Called with the bytes sent so far.
    /// - Returns: The stored blob, which has the planned size, and the position of each chapter in it.
    /// - Throws: `CancellationError`, or the error that made it impossible. Nothing is visible at `location` then,
    ///   unless the blob store kept another number of bytes than it was sent (`dataLoss`).
    func send(
        _ platform: Platform,
        to location: BlobLocation,
        encoding: @Sendable () async throws -> Void,
        encoded: @Sendable () async throws -> Void,
        sent: @Sendable (Int64) -> Void
    ) async throws -> (blob: StoredBlob, chapters: [PackagedChapter]) {
        let plan = try await renders.plan.value
        guard let package = plan.package(for: platform) else {
            throw PackagingError(.internal, "the plan has no package for \"\(platform.rawValue)\"")
        }
        let cover = try await renders.cover.value
        var packager = try plan.packager(for: package, coverCRC32: cover?.facts.crc32 ?? 0)
        let header = packager.headerSize
        let upload = try await unwrapped { () throws(BlobError) in
            try await blobs.upload(to: location, reserving: header)
        }
        do {
            var tracks: [String] = []
            var chapters = PackagedChapters()
            var hasher = BlobHasher()
            // The hash begins with the header, which comes last: what was sent before it is read again then.
            var sentUnhashed: [Piece] = []
            var total: Int64 = 0
            func write(_ pieces: [Piece]) async throws {
                for piece in pieces {
                    chapters.wrote(piece)
                    let isHeader = piece.offset < header
                    let isHashed = isHeader || header == 0
                    try await read(piece, of: tracks, cover: cover?.path) { bytes in
                        try await unwrapped { () throws(BlobError) in
                            if isHeader {
                                try await upload.appendHeader(bytes)
                            } else {
                                try await upload.append(bytes)
                            }
                        }
                        if isHashed { hasher.update(bytes) }
                    }
                    if !isHashed { sentUnhashed.append(piece) }
                    total += piece.length
                    sent(total)
                }
            }

            try await write(try packager.begin())
            var isEncoding = false
            for render in package.renders {
                if try await renders.origin(render, package.audio) == .encoded, !isEncoding {
                    isEncoding = true
                    try await encoding()
                }
                let file = try await renders.file(render, package.audio)
                tracks.append(file.path)
                let encode = plan.renders[render].encodes.first { $0.audio == package.audio }
                chapters.began(file.facts, encode: encode?.digest)
                if tracks.count == package.renders.count { try await encoded() }
                try await write(try packager.add(file.facts))
            }
            try await write(try packager.finish())
            guard !package.sizeIsExact || total == package.size else {
                throw PackagingError(
                    .internal,
                    "package \"\(package.fileName)\" has \(total) bytes where the plan says \(package.size)"
                )
            }
            for piece in sentUnhashed {
                try await read(piece, of: tracks, cover: cover?.path) { hasher.update($0) }
            }
            try Task.checkCancellation()
            let hashes = hasher.finish()
            let size = try await unwrapped { () throws(BlobError) in try await upload.commit(hashes) }
            guard size == total else {
                throw PackagingError(
                    .dataLoss,
                    "package \"\(package.fileName)\" has \(size) bytes in the blob store, and \(total) were sent"
                )
            }
            return (StoredBlob(size: size, digest: hashes.sha256), chapters.all)
        } catch {
            await upload.abort()
            throw error
        }
    }

    /// Hands on the bytes of `piece`.
    private func read(
        _ piece: Piece,
        of tracks: [String],
        cover: String?,
        receive: (_ bytes: [UInt8]) async throws -> Void
    ) async throws {
        try Task.checkCancellation()
        switch piece.content {
        case .bytes(let bytes):
            try await receive(bytes)
        case .file(let source, let offset, let length):
            let path: String? =
                switch source {
                case .cover: cover
                case .track(let index): tracks[index]
                }
            guard let path else { throw PackagingError(.internal, "a package without a cover asks for one") }
            try await scratch.read(path, from: offset, length: length) { bytes in
                try Task.checkCancellation()
                try await receive(bytes)
            }
        }
    }
}

/// Runs `body` and turns its error into a ``PackagingError``.
func unwrapped<Value>(_ body: () async throws(BlobError) -> Value) async throws(PackagingError) -> Value {
    do {
        return try await body()
    } catch {
        throw error.packagingError
    }
}
