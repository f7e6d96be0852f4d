package import Assets
package import Blobs
import Concurrency
package import Model
package import Store
package import Workers

/// Receives the bytes of segments and covers. They are hashed, decoded and measured before the project changes.
package struct AudioService: Sendable {
    /// The largest audio file of a segment, in bytes: 1 GiB.
    static let audioLimit: Int64 = 1 << 30
    /// The largest cover, in bytes: 64 MiB.
    static let coverLimit: Int64 = 64 << 20

    /// The most pixels of a cover. This is more than the largest cover that a platform takes (`coverMaximum` of the
    /// rule packs), so that a cover that is too large for a platform is still measured, and then refused by that
    /// platform's rule.
    static let coverPixelLimit = 64_000_000

    /// The result of offering audio.
    package struct AudioOutcome: Sendable, Hashable {
        /// Whether the tenant had this audio before.
        package var wasThere: Bool
        /// The measurement of the audio.
        package var measurement: AudioMeasurement
        /// The number of segments of the project that have this audio now.
        package var segments: Int
    }

    /// The result of offering a cover.
    package struct CoverOutcome: Sendable, Hashable {
        /// Whether the tenant had this cover before.
        package var wasThere: Bool
        /// The cover.
        package var cover: Cover
    }

    private let projects: ProjectStore
    private let audio: AudioStore
    private let blobs: any BlobStore
    private let scratch: ScratchSpace
    private let measuring: AudioMeasuring
    private let workers: WorkerPool

    /// A service over these.
    package init(
        projects: ProjectStore,
        audio: AudioStore,
        blobs: any BlobStore,
        scratch: ScratchSpace,
        measuring: AudioMeasuring,
        workers: WorkerPool
    ) {
        self.projects = projects
        self.audio = audio
        self.blobs = blobs
        self.scratch = scratch
        self.measuring = measuring
        self.workers = workers
    }

    // MARK: Sent bytes

    /// Takes the audio of all segments of a project that name `digest`.
    ///
    /// - Parameters:
    ///   - chunks: The bytes. Not read if the tenant has the audio already.
    ///   - provenance: The person or program that spoke; "recorded" when empty.
    /// - Throws: ``PackagingError`` with code `invalidArgument`, and reason `AUDIO_REFUSED` if the bytes are not audio
    ///   that can be used completely. The project then stays as it was, except that segments without audio remember the
    ///   refusal, and that segments which were to get this audio in place of another keep that for good.
    package func putAudio(
        _ chunks: some AsyncSequence<[UInt8], any Error>,
        digest: Digest,
        bytes: Int64,
        provenance: String,
        project reference: String,
        tenant: TenantID
    ) async throws -> AudioOutcome {
        guard (0...Self.audioLimit).contains(bytes) else {
            throw PackagingError.invalid("header.size_bytes", "\(bytes) is not between 0 and \(Self.audioLimit)")
        }
        let project = try await project(reference, tenant)
        if let known = try await audio.audio(digest, tenant: tenant) {
            let segments = try await audio.attach(digest, project: project, tenant: tenant)
            return AudioOutcome(wasThere: true, measurement: known.audio.measurement, segments: segments)
        }
        return try await scratch.withFolder(of: tenant, for: "audio") { folder in
            let received = try await folder.receive(chunks, digest: digest, bytes: bytes)
            let measurement: AudioMeasurement
            switch try await measuring.measure(received.file, of: project, tenant: tenant) {
            case .success(let measured): measurement = measured
            case .failure(let refusal):
                throw try await refused(refusal, digest, project, tenant)
            }
            let location = TenantContainers.content("segments", digest, of: tenant)
            let stored = StoredAudio(
                audio: MeasuredAudio(
                    digest: digest,
                    bytes: Int(bytes),
                    measurement: measurement,
                    location: location
                ),
                provenance: provenance.isEmpty ? "recorded" : provenance
            )
            let segments = try await blobs.store([received.content(at: location)], from: folder) {
                try await audio.announce("segments", [digest], tenant: tenant)
            } record: {
                try await audio.record(stored, project: project, tenant: tenant)
            }
            return AudioOutcome(wasThere: false, measurement: measurement, segments: segments)
        }
    }

    /// Takes the cover that a project names.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument`, and reason `COVER_REFUSED` if the bytes are not an
    ///   image that platforms take; `failedPrecondition` if the project names another cover.
    package func putCover(
        _ chunks: some AsyncSequence<[UInt8], any Error>,
        digest: Digest,
        bytes: Int64,
        project reference: String,
        tenant: TenantID
    ) async throws -> CoverOutcome {
        guard (0...Self.coverLimit).contains(bytes) else {
            throw PackagingError.invalid("header.size_bytes", "\(bytes) is not between 0 and \(Self.coverLimit)")
        }
        let project = try await project(reference, tenant)
        if let known = try await projects.cover(digest: digest, tenant: tenant) {
            try await record(known, project, tenant)
            return CoverOutcome(wasThere: true, cover: known.cover)
        }
        return try await scratch.withFolder(of: tenant, for: "cover") { folder in
            let received = try await folder.receive(chunks, digest: digest, bytes: bytes)
            let cover: Cover
            switch try await measureCover(received, tenant) {
            case .measured(let format, let width, let height):
                cover = Cover(digest: digest, bytes: Int(bytes), format: format, width: width, height: height)
            case .refused(let reason):
                let isKept = try await projects.recordCoverRefusal(
                    reason,
                    digest: digest,
                    project: project,
                    tenant: tenant
                )
                throw PackagingError(
                    .invalidArgument,
                    "cannot use the cover: \(reason)",
                    reason: "COVER_REFUSED",
                    detail: isKept ? "The project keeps its earlier cover." : nil,
                    hint: "Give a JPEG or PNG image.",
                    metadata: ["keepsEarlier": isKept ? "true" : "false"]
                )
            }
            let location = TenantContainers.content("covers", digest, of: tenant)
            try await blobs.store([received.content(at: location)], from: folder) {
                try await audio.announce("covers", [digest], tenant: tenant)
            } record: {
                try await record(StoredCover(cover: cover, location: location), project, tenant)
            }
            return CoverOutcome(wasThere: false, cover: cover)
        }
    }

    private func measureCover(
        _ received: ScratchFile,
        _ tenant: TenantID
    ) async throws(PackagingError) -> Workers.CoverOutcome {
        do {
            return try await workers.measureCover(
                .reading(received.path),
                maximumPixels: Self.coverPixelLimit,
                tenant: tenant
            )
        } catch {
            throw PackagingError(error)
        }
    }

    private func record(_ cover: StoredCover, _ project: ProjectID, _ tenant: TenantID) async throws {
        guard try await projects.recordCover(cover, project: project, tenant: tenant) else {
            throw PackagingError(
                .failedPrecondition,
                "the project names another cover",
                hint: "Import the book again with this cover."
            )
        }
    }

    /// Records the refusal of audio, and returns the error that tells it.
    private func refused(
        _ refusal: AudioRefusal,
        _ digest: Digest,
        _ project: ProjectID,
        _ tenant: TenantID
    ) async throws(PackagingError) -> PackagingError {
        // Before the refusal is recorded: it makes segments forget that they await this audio.
        let places = try await audio.places(of: digest, in: project, limit: 3, tenant: tenant)
        let place = places.first.map {
            " of chapter \($0.chapter) \"\($0.title)\" segment \($0.segment)"
        }
        let segments = try await audio.recordRefusal(
            refusal.reason,
            digest: digest,
            project: project,
            tenant: tenant
        )
        return PackagingError(
            .invalidArgument,
            "cannot use the audio\(place ?? ""): \(refusal.reason)",
            reason: "AUDIO_REFUSED",
            detail: segments.keeping == 0
                ? nil
                : segments.keeping == 1
                    ? "The segment keeps its earlier audio and text."
                    : "\(segments.keeping) segments keep their earlier audio and text.",
            metadata: [
                "refusal": refusal.reason, "sha256": digest.description, "segmentsKeeping": "\(segments.keeping)",
                "segmentsWithout": "\(segments.without)",
            ]
        )
    }

    // MARK: Registered blobs

    /// Audio that lies in the tenant's blob container, for one segment.
    package struct Registration: Sendable, Hashable {
        /// The segment.
        package var segment: SegmentID
        /// The path in the tenant's container.
        package var path: String
        /// The expected hash of the bytes; nil if the caller does not know it.
        package var digest: Digest?
        /// The person or program that spoke; "recorded" when empty.
        package var provenance: String

        /// A registration with these values.
        package init(segment: SegmentID, path: String, digest: Digest?, provenance: String) {
            self.segment = segment
            self.path = path
            self.digest = digest
            self.provenance = provenance
        }
    }

    /// Takes audio that is already in the tenant's blob container. It is read, hashed and measured as if it had been
    /// sent.
    ///
    /// - Returns: For each registration, in order, the audio that was taken or the reason why it was refused.
    package func register(
        _ registrations: [Registration],
        project reference: String,
        tenant: TenantID
    ) async throws -> [Result<StoredAudio, AudioRefusal>] {
        let project = try await project(reference, tenant)
        var results = [Result<StoredAudio, AudioRefusal>?](repeating: nil, count: registrations.count)
        try await withBoundedTasks(registrations, atOnce: AudioMeasuring.filesAtOnce) { registration in
            try await register(registration, project, tenant)
        } receive: { place, result in
            results[place] = result
        }
        return results.compactMap(\.self)
    }

    private func register(
        _ registration: Registration,
        _ project: ProjectID,
        _ tenant: TenantID
    ) async throws -> Result<StoredAudio, AudioRefusal> {
        let location = BlobLocation(container: TenantContainers.audio(of: tenant), path: registration.path)
        let measured: Result<StoredAudio, AudioRefusal>
        do {
            measured = try await measure(location, registration, project, tenant)
        } catch let error as BlobError where error.kind == .notFound || error.kind == .invalidLocation {
            return .failure(AudioRefusal(error.message))
        } catch let error as BlobError {
            throw error.packagingError
        }
        guard case .success(let stored) = measured else { return measured }
        guard try await audio.register(stored, for: registration.segment, project: project, tenant: tenant) else {
            return .failure(AudioRefusal("segment \"\(registration.segment)\" does not exist in the project"))
        }
        return measured
    }

    private func measure(
        _ location: BlobLocation,
        _ registration: Registration,
        _ project: ProjectID,
        _ tenant: TenantID
    ) async throws -> Result<StoredAudio, AudioRefusal> {
        let size = try await blobs.size(of: location)
        guard size <= Self.audioLimit else {
            return .failure(AudioRefusal("it has \(size) bytes, and \(Self.audioLimit) are the limit"))
        }
        return try await scratch.withFolder(of: tenant, for: "audio") { folder in
            let copy = try await folder.fetch(location, from: blobs, as: "copied")
            if let digest = registration.digest, digest != copy.facts.digest {
                return .failure(AudioRefusal("its SHA-256 is \(copy.facts.digest)"))
            }
            return try await measuring.measure(copy.file, of: project, tenant: tenant).map { measurement in
                StoredAudio(
                    audio: MeasuredAudio(
                        digest: copy.facts.digest,
                        bytes: Int(copy.facts.bytes),
                        measurement: measurement,
                        location: location
                    ),
                    provenance: registration.provenance.isEmpty ? "recorded" : registration.provenance
                )
            }
        }
    }

    private func project(_ reference: String, _ tenant: TenantID) async throws(PackagingError) -> ProjectID {
        guard let id = try await projects.id(of: reference, tenant: tenant) else { throw .noProject(reference) }
        return id
    }
}
