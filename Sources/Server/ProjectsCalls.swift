import Model
import PackagingMessages
import Protobuf
import Services
import TTRPC

/// The calls of the service `Projects`: each reads wire values, asks a service, and writes wire values.
struct ProjectsCalls: ProjectsHandler {
    let identity: Identity
    let projects: ProjectService
    let audio: AudioService
    let access: AccessService

    func importProject(
        _ requests: MessageReader<ImportProjectRequest>,
        context: CallContext
    ) async throws -> ImportProjectReply {
        let caller = try identity.caller(of: context)
        let items = requests.map { try ImportItem($0, user: caller.id) }
        let outcome = try await projects.importBook(items, tenant: caller.tenant)
        context.notes["target"] = outcome.result.slug
        return ImportProjectReply(
            projectID: outcome.result.project.description,
            slug: outcome.result.slug,
            created: outcome.result.created,
            chapters: Int32(clamping: outcome.result.chapters),
            segments: Int32(clamping: outcome.result.segments),
            missingAudio: outcome.missingAudio.digests.map(\.description),
            missingAudioNextPageToken: outcome.missingAudio.next?.description ?? "",
            missingCover: outcome.result.isCoverMissing,
            revision: outcome.result.revision,
            takenSlug: outcome.result.takenSlug
        )
    }

    func putAudio(_ requests: MessageReader<PutAudioRequest>, context: CallContext) async throws -> PutAudioReply {
        var items = requests.makeAsyncIterator()
        guard case .header(let header) = try await items.next()?.item else {
            throw PackagingError.invalid("header", "is missing: the stream begins with it")
        }
        let caller = try await identity.caller(of: context, on: .project(header.project))
        guard let digest = try Digest(wire: header.sha256, field: "header.sha256") else {
            throw PackagingError.invalid("header.sha256", "is empty")
        }
        let outcome = try await audio.putAudio(
            Chunks(requests) { request in
                guard case .data(let bytes) = request.item else { return nil }
                return bytes
            },
            digest: digest,
            bytes: header.sizeBytes,
            provenance: header.provenance,
            project: header.project,
            tenant: caller.tenant
        )
        return PutAudioReply(
            alreadyThere: outcome.wasThere,
            measurement: PackagingMessages.AudioMeasurement(outcome.measurement),
            segments: Int32(clamping: outcome.segments)
        )
    }

    func putCover(_ requests: MessageReader<PutCoverRequest>, context: CallContext) async throws -> PutCoverReply {
        var items = requests.makeAsyncIterator()
        guard case .header(let header) = try await items.next()?.item else {
            throw PackagingError.invalid("header", "is missing: the stream begins with it")
        }
        let caller = try await identity.caller(of: context, on: .project(header.project))
        guard let digest = try Digest(wire: header.sha256, field: "header.sha256") else {
            throw PackagingError.invalid("header.sha256", "is empty")
        }
        let outcome = try await audio.putCover(
            Chunks(requests) { request in
                guard case .data(let bytes) = request.item else { return nil }
                return bytes
            },
            digest: digest,
            bytes: header.sizeBytes,
            project: header.project,
            tenant: caller.tenant
        )
        return PutCoverReply(alreadyThere: outcome.wasThere, cover: PackagingMessages.Cover(outcome.cover))
    }

    func registerAudio(_ request: RegisterAudioRequest, context: CallContext) async throws -> RegisterAudioReply {
        let caller = try identity.caller(of: context)
        context.notes["target"] = String(request.project.prefix(80))
        guard request.audio.count <= 1000 else { throw PackagingError.invalid("audio", "has more than 1,000 entries") }
        let registrations = try request.audio.enumerated().map { index, audio in
            guard let segment = SegmentID(audio.segmentID) else {
                throw PackagingError.invalid("audio[\(index)].segment_id", "is not a UUID")
            }
            return AudioService.Registration(
                segment: segment,
                path: audio.blobPath,
                digest: try Digest(wire: audio.sha256, field: "audio[\(index)].sha256"),
                provenance: audio.provenance
            )
        }
        let results = try await audio.register(registrations, project: request.project, tenant: caller.tenant)
        return RegisterAudioReply(
            results: zip(request.audio, results).map { asked, result in
                switch result {
                case .success(let stored):
                    RegisteredAudioResult(
                        segmentID: asked.segmentID,
                        measurement: PackagingMessages.AudioMeasurement(stored.audio.measurement),
                        sha256: stored.audio.digest.description
                    )
                case .failure(let refusal):
                    RegisteredAudioResult(segmentID: asked.segmentID, refusal: refusal.reason)
                }
            }
        )
    }

    func updateSegment(_ request: UpdateSegmentRequest, context: CallContext) async throws -> UpdateSegmentReply {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let update = try await projects.update(
            segment: request.segmentID,
            of: request.project,
            try SegmentChange(request),
            tenant: caller.tenant
        )
        return UpdateSegmentReply(missingAudio: update.isAudioMissing, revision: update.revision)
    }

    func getProject(_ request: GetProjectRequest, context: CallContext) async throws -> PackagingMessages.Project {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let project = try await projects.project(request.project, tenant: caller.tenant)
        var wire = PackagingMessages.Project(project)
        if !request.missingAudioPageToken.isEmpty {
            let after = try Digest(wire: request.missingAudioPageToken, field: "missing_audio_page_token")
            let page = try await projects.missingAudio(of: project.id, after: after, tenant: caller.tenant)
            wire.missingAudio = page.digests.map(\.description)
            wire.missingAudioNextPageToken = page.next?.description ?? ""
        }
        return wire
    }

    func listProjects(_ request: ListProjectsRequest, context: CallContext) async throws -> ListProjectsReply {
        let caller = try identity.caller(of: context)
        let page = try await projects.projects(
            PageRequest(size: request.pageSize, token: request.pageToken),
            grantedTo: caller.userNeedingRole,
            tenant: caller.tenant
        )
        return ListProjectsReply(
            projects: page.elements.map(PackagingMessages.Project.init),
            nextPageToken: page.next?.token ?? ""
        )
    }
}

extension SegmentChange {
    fileprivate init(_ wire: UpdateSegmentRequest) throws(PackagingError) {
        self.init()
        if case .text(let text) = wire.newText { self.text = text }
        guard case .audioSha256(let audio) = wire.newAudio else { return }
        guard let digest = try Digest(wire: audio, field: "audio_sha256") else {
            throw .invalid("audio_sha256", "is empty")
        }
        self.audio = digest
    }
}

extension ImportItem {
    fileprivate init(_ wire: ImportProjectRequest, user: UserID?) throws {
        switch wire.item {
        case .header(let header):
            guard let metadata = header.metadata else {
                throw PackagingError.invalid("header.metadata", "is missing")
            }
            self = .header(
                ImportHeader(
                    slug: header.slug.isEmpty ? nil : header.slug,
                    metadata: Model.BookMetadata(metadata),
                    settings: try Model.PackagingSettings(header.settings),
                    cover: try Digest(wire: header.coverSha256, field: "header.cover_sha256"),
                    user: user,
                    origin: header.origin,
                    replaces: header.replace
                )
            )
        case .chapter(let chapter):
            self = .chapter(title: chapter.title, kind: try Model.ChapterKind(chapter.kind, field: "chapter.kind"))
        case .segment(let segment):
            self = .segment(
                text: segment.text,
                audio: try Digest(wire: segment.audioSha256, field: "segment.audio_sha256"),
                voice: segment.voice.map(Model.Voice.init)
            )
        case nil:
            throw PackagingError.invalid("item", "is missing: a message is a header, a chapter or a segment")
        }
    }
}

extension PackagingMessages.Project {
    fileprivate init(_ model: ProjectSummary) {
        self.init(
            id: model.id.description,
            slug: model.slug,
            metadata: PackagingMessages.BookMetadata(model.metadata),
            settings: PackagingMessages.PackagingSettings(model.settings),
            cover: model.cover.map(PackagingMessages.Cover.init),
            totalChapters: Int32(clamping: model.chapters),
            totalSegments: Int32(clamping: model.segments),
            segmentsWithAudio: Int32(clamping: model.segmentsWithAudio),
            audioSeconds: seconds(Int(model.audioSamples)),
            revision: model.revision,
            createdAt: ProtoTimestamp(model.createdAt),
            updatedAt: ProtoTimestamp(model.updatedAt),
            createdBy: model.createdBy
        )
    }
}
