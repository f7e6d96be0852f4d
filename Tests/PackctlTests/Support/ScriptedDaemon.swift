import Crypto
import Foundation
import Logging
import PackagingClient
import PackagingMessages
import Protobuf
import Synchronization
import TTRPC
import TestSupport

import struct Model.PackagingError

/// A daemon that remembers audio by its digest and plays prepared events and packages. It serves over a real socket.
final class ScriptedDaemon: Sendable {
    struct State {
        /// The digests of the audio that the daemon has.
        var audio: Set<String> = []
        /// Digests in the order they were sent.
        var received: [String] = []
        /// Digests that the last import named.
        var named: [String] = []
        var chapters: [(title: String, texts: [String])] = []
        var header = ImportHeader()
        var isCoverThere = false
        var imports: Int32 = 0
        /// How many missing digests a reply has room for.
        var pageSize = 10_000
        var create = CreateAllReply()
        var jobs: [Job] = []
        var packages: [PackagingMessages.Package] = []
        /// The events of the batch.
        var events: [JobEvent] = []
        /// Events after which a watch is cut off: one event for each cut.
        var watchBreaks: [Int64] = []
        /// Events after which a watch waits for ``ScriptedDaemon/goOn()``.
        var pauses: Set<Int64> = []
        /// The sequences after which watches asked to begin.
        var watchedAfter: [Int64] = []
        /// A package's bytes.
        var bytes: [UInt8] = []
        /// The size that a download announces; the true one if nil.
        var announcedBytes: Int64?
        /// Numbers of bytes after which a download is cut off: one number for each cut.
        var downloadBreaks: [Int] = []
        /// The offsets that downloads asked for.
        var downloadedFrom: [Int64] = []
        /// The packages that downloads asked for.
        var downloaded: [String] = []
        /// The errors with which downloads of a package are refused, one after another.
        var downloadFailures: [String: [PackagingError]] = [:]
        /// The digest that a download claims, if not the right one.
        var claimedDigest: String?
        /// The existing projects; nil if any name means the project that was imported.
        var projects: [Project]?
        /// What was deleted, in words.
        var deleted: [String] = []
        /// What segments were changed to.
        var changes: [UpdateSegmentRequest] = []
        /// The header of the last inspection, and the number of bytes received.
        var inspection: (header: InspectHeader, bytes: Int)?
        /// The error with which imports are refused that do not say that they replace a project.
        var importFailure: PackagingError?
        /// The slug that the reply to an import says another book has.
        var takenSlug = ""
        /// How many segments keep their earlier audio where audio is refused; nil if the daemon does not say.
        var keeping: Int?
        /// The error with which CreateAll is refused.
        var failure: PackagingError?
        /// The tenants and what they use.
        var tenants: [TenantUsage] = []
        /// The tenants that calls named in their metadata.
        var callers: [String?] = []
        /// The reply to inspections.
        var report = ValidationReport(valid: true)
        /// How many calls, events and pieces each token is good for; nil if nobody needs a token.
        var tokens: [String: Int]?
        /// After how many seconds a token ends, as the daemon says; 0 if it does not say.
        var tokenSeconds: Double = 0
        /// The tokens that were given, in order, also those that were refused.
        var logins: [String] = []
        /// The users' roles.
        var grants: [Grant] = []
        /// What is revoked.
        var revocations: [Revocation] = []
        /// The tenants that calls of Admin named in their requests.
        var asked: [String] = []
        var audit: [AuditEntry] = []
        /// The token that the last login gave.
        fileprivate var token = ""
    }

    private let state = Mutex(State())
    private let signals = AsyncStream<Void>.makeStream()

    init(_ prepare: (inout State) -> Void = { _ in }) {
        state.withLock { prepare(&$0) }
    }

    subscript<Value: Sendable>(_ path: any KeyPath<State, Value> & Sendable) -> Value {
        state.withLock { $0[keyPath: path] }
    }

    /// Ends one pause of a watch.
    func goOn() { signals.continuation.yield() }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Serves on a socket while `body` runs. `body` gets the address in the form in which users write it.
    ///
    /// - Parameter certificates: With these it serves on TCP with TLS.
    func serve<Result>(
        _ certificates: TestCertificates.Pair? = nil,
        clientCA: String? = nil,
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await withFolder { folder in
            var address = Address.unix(path: folder + "/d.sock")
            let server = RPCServer(router: router(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            if let certificates {
                let files = try Self.files(certificates, clientCA: clientCA)
                let security = ListenerSecurity.tls(try ServerCertificates(files))
                address = try await server.bind(to: .tcp(host: "127.0.0.1", port: 0), security: security)
            } else {
                try await server.bind(to: address)
            }
            async let running: Void = server.run()
            do {
                let result = try await body(address.description)
                server.beginGracefulShutdown()
                await running
                return result
            } catch {
                server.beginGracefulShutdown()
                await running
                throw error
            }
        }
    }

    private static func files(_ pair: TestCertificates.Pair, clientCA: String?) throws -> CertificateFiles {
        func file(_ path: String) throws -> PEMFile {
            PEMFile(path: path, bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        return CertificateFiles(
            certificate: try file(pair.certificate),
            key: try file(pair.key),
            clientCA: try clientCA.map(file)
        )
    }

    private func authenticate(_ request: AuthenticateRequest) throws -> AuthenticateReply {
        try state.withLock { state in
            state.logins.append(request.token)
            state.token = request.token
            guard state.tokens?[request.token] ?? 0 > 0 else { throw Self.expired }
            let end = Date().timeIntervalSince1970 + state.tokenSeconds
            let whole = end.rounded(.down)
            let at = ProtoTimestamp(seconds: Int64(whole), nanos: Int32((end - whole) * 1e9))
            return AuthenticateReply(
                scopes: ["read", "package"],
                expiresAt: state.tokenSeconds > 0 ? at : nil,
                tenant: "quayside",
                caller: "user:ana"
            )
        }
    }

    private static let expired = PackagingError(.unauthenticated, "the token has expired", reason: "TOKEN_EXPIRED")

    /// Uses the present token once more.
    private func spend() throws {
        try state.withLock { state in
            guard let left = state.tokens?[state.token, default: 0] else { return }
            guard left > 0 else { throw Self.expired }
            state.tokens?[state.token] = left - 1
        }
    }

    private func registerAccess(_ router: inout Router) {
        router.register(SessionMethods.authenticate, unary: { request, _ in try self.authenticate(request) })
        router.register(
            ProjectsMethods.putGrant,
            unary: { request, _ in
                let grant = Grant(projectID: request.project, user: request.user, role: request.role)
                self.change { $0.grants.append(grant) }
                return grant
            }
        )
        router.register(
            ProjectsMethods.deleteGrant,
            unary: { request, _ in
                self.change { $0.grants.removeAll { $0.user == request.user } }
                return DeleteGrantReply()
            }
        )
        router.register(ProjectsMethods.listGrants, unary: { _, _ in ListGrantsReply(grants: self[\.grants]) })
        router.register(
            AdminMethods.revokeToken,
            unary: { request, _ in
                let revocation = Revocation(subject: .tokenID(request.tokenID), expiresAt: request.expiresAt)
                self.change {
                    $0.revocations.append(revocation); $0.asked.append(request.tenant)
                }
                return revocation
            }
        )
        router.register(
            AdminMethods.revokeUser,
            unary: { request, _ in
                let revocation = Revocation(subject: .user(request.user), issuedBefore: request.issuedBefore)
                self.change {
                    $0.revocations.append(revocation); $0.asked.append(request.tenant)
                }
                return revocation
            }
        )
        router.register(
            AdminMethods.listRevocations,
            unary: { _, _ in ListRevocationsReply(revocations: self[\.revocations]) }
        )
        router.register(
            AdminMethods.listAudit,
            unary: { request, _ in
                self.change { $0.asked.append(request.tenant) }
                let start = Int(request.pageToken) ?? 0
                let rest = self[\.audit].dropFirst(start)
                let next = rest.count > Int(request.pageSize) ? "\(start + Int(request.pageSize))" : ""
                return ListAuditReply(entries: Array(rest.prefix(Int(request.pageSize))), nextPageToken: next)
            }
        )
    }

    private func router() -> Router {
        var router = Router()
        registerAccess(&router)
        router.register(ProjectsMethods.importProject, clientStream: { try await self.importProject($0, $1) })
        router.register(ProjectsMethods.putAudio, clientStream: { try await self.putAudio($0, $1) })
        router.register(ProjectsMethods.putCover, clientStream: { try await self.putCover($0, $1) })
        router.register(ProjectsMethods.getProject, unary: { request, _ in try self.project(request) })
        router.register(
            ProjectsMethods.listProjects,
            unary: { _, _ in ListProjectsReply(projects: self[\.projects] ?? []) }
        )
        router.register(ProjectsMethods.updateSegment, unary: { request, _ in self.change(request) })
        router.register(ProjectsMethods.deleteProject, unary: { request, _ in self.delete(request) })
        router.register(PackagingMethods.deletePackage, unary: { request, _ in try self.delete(request) })
        router.register(PackagingMethods.inspect, clientStream: { requests, _ in try await self.inspect(requests) })
        router.register(
            PackagingMethods.createAll,
            unary: { _, _ in
                if let failure = self[\.failure] { throw failure }
                return self[\.create]
            }
        )
        router.register(
            PackagingMethods.listJobs,
            unary: { _, context in
                try self.spend()
                self.change { $0.callers.append(context.metadata["tenant"]) }
                return ListJobsReply(jobs: self[\.jobs])
            }
        )
        router.register(PackagingMethods.cancelJob, unary: { _, _ in CancelJobReply(jobs: self[\.jobs]) })
        router.register(
            AdminMethods.listTenants,
            unary: { _, _ in ListTenantsReply(tenants: self[\.tenants].compactMap(\.tenant)) }
        )
        router.register(AdminMethods.getTenantUsage, unary: { request, _ in try self.usage(of: request.tenant) })
        router.register(AdminMethods.putTenant, unary: { tenant, _ in self.put(tenant) })
        router.register(
            PackagingMethods.getJob,
            unary: { request, _ in
                guard let job = self[\.jobs].first(where: { $0.id == request.jobID }) else {
                    throw PackagingError(.notFound, "job \"\(request.jobID)\" does not exist")
                }
                return job
            }
        )
        router.register(
            PackagingMethods.listPackages,
            unary: { _, _ in
                ListPackagesReply(
                    packages: self[\.packages],
                    storageQuota: StorageQuota(used: 1.5, limit: 1000, unit: "MB")
                )
            }
        )
        router.register(PackagingMethods.watchJob, serverStream: { try await self.watch($0, $1, $2) })
        router.register(PackagingMethods.download, serverStream: { try await self.download($0, $1, $2) })
        router.register(HealthMethods.check, unary: { _, _ in HealthCheckResponse(status: .serving) })
        return router
    }

    private func importProject(
        _ requests: MessageReader<ImportProjectRequest>,
        _ context: CallContext
    ) async throws -> ImportProjectReply {
        change {
            $0.chapters = []; $0.named = []
        }
        for try await request in requests {
            change { state in
                switch request.item {
                case .header(let header): state.header = header
                case .chapter(let chapter): state.chapters.append((chapter.title, []))
                case .segment(let segment):
                    state.chapters[state.chapters.count - 1].texts.append(segment.text)
                    if !segment.audioSha256.isEmpty { state.named.append(segment.audioSha256) }
                case nil: break
                }
            }
        }
        if let failure = self[\.importFailure], !self[\.header].replace { throw failure }
        return state.withLock { state in
            state.imports += 1
            let missing = Self.missing(state)
            return ImportProjectReply(
                projectID: "p1",
                slug: state.header.slug.isEmpty ? "made" : state.header.slug,
                created: state.imports == 1,
                chapters: Int32(state.chapters.count),
                segments: Int32(state.chapters.reduce(0) { $0 + $1.texts.count }),
                missingAudio: Array(missing.prefix(state.pageSize)),
                missingAudioNextPageToken: missing.count > state.pageSize ? "1" : "",
                missingCover: !state.header.coverSha256.isEmpty && !state.isCoverThere,
                revision: 1,
                takenSlug: state.takenSlug
            )
        }
    }

    private func project(_ request: GetProjectRequest) throws -> Project {
        if let projects = self[\.projects] {
            let named = projects.first { [$0.id, $0.slug].contains(request.project) }
            guard let named else { throw PackagingError(.notFound, "project \"\(request.project)\" does not exist") }
            return named
        }
        return state.withLock { state in
            let missing = Self.missing(state)
            let page = Int(request.missingAudioPageToken) ?? 0
            let rest = missing.dropFirst(page * state.pageSize)
            return Project(
                id: "p1",
                missingAudio: Array(rest.prefix(state.pageSize)),
                missingAudioNextPageToken: rest.count > state.pageSize ? "\(page + 1)" : ""
            )
        }
    }

    private func change(_ request: UpdateSegmentRequest) -> UpdateSegmentReply {
        state.withLock { state in
            state.changes.append(request)
            guard case .audioSha256(let digest) = request.newAudio else {
                return UpdateSegmentReply(missingAudio: true, revision: 2)
            }
            state.named = [digest]
            return UpdateSegmentReply(missingAudio: !state.audio.contains(digest), revision: 2)
        }
    }

    private func usage(of name: String) throws -> TenantUsage {
        guard let usage = self[\.tenants].first(where: { [$0.tenant?.id, $0.tenant?.name].contains(name) }) else {
            throw PackagingError(.notFound, "tenant \"\(name)\" does not exist")
        }
        return usage
    }

    private func put(_ tenant: Tenant) -> Tenant {
        var tenant = tenant
        if tenant.id.isEmpty { tenant.id = "id-of-" + tenant.name }
        change { state in
            state.tenants.removeAll { $0.tenant?.id == tenant.id }
            state.tenants.append(TenantUsage(tenant: tenant))
        }
        return tenant
    }

    private func delete(_ request: DeleteProjectRequest) -> DeleteProjectReply {
        state.withLock { state in
            state.deleted.append("project \(request.project)")
            return DeleteProjectReply(packagesDeleted: Int32(state.packages.count), bytesFreed: 12_345_678)
        }
    }

    private func delete(_ request: DeletePackageRequest) throws -> DeletePackageReply {
        guard let package = self[\.packages].first(where: { $0.id == request.packageID }) else {
            throw PackagingError(.notFound, "package \"\(request.packageID)\" does not exist")
        }
        change { $0.deleted.append("package \(package.id)") }
        return DeletePackageReply(bytesFreed: package.fileSizeBytes)
    }

    private func inspect(_ requests: MessageReader<InspectRequest>) async throws -> ValidationReport {
        for try await request in requests {
            switch request.item {
            case .header(let header): change { $0.inspection = (header, 0) }
            case .data(let data): change { $0.inspection?.bytes += data.count }
            case nil: break
            }
        }
        return self[\.report]
    }

    private static func missing(_ state: State) -> [String] { Set(state.named).subtracting(state.audio).sorted() }

    private func putAudio(
        _ requests: MessageReader<PutAudioRequest>,
        _ context: CallContext
    ) async throws -> PutAudioReply {
        var header: PutAudioHeader?
        var bytes: [UInt8] = []
        try spend()
        for try await request in requests {
            switch request.item {
            case .header(let first):
                header = first
                if self[\.audio].contains(first.sha256) { return PutAudioReply(alreadyThere: true) }
            case .data(let data): bytes += data
            case nil: break
            }
        }
        guard let header, header.sizeBytes == bytes.count, header.sha256 == Self.sha256(bytes) else {
            throw PackagingError(.invalidArgument, "the bytes are not those of the header")
        }
        guard !bytes.starts(with: Array("BAD".utf8)) else {
            throw PackagingError(
                .invalidArgument,
                "audio ends in the middle of a frame",
                reason: "AUDIO_REFUSED",
                metadata: self[\.keeping].map { ["segmentsKeeping": "\($0)"] } ?? [:]
            )
        }
        change {
            $0.audio.insert(header.sha256); $0.received.append(header.sha256)
        }
        return PutAudioReply(segments: 1)
    }

    private func putCover(
        _ requests: MessageReader<PutCoverRequest>,
        _ context: CallContext
    ) async throws -> PutCoverReply {
        var bytes: [UInt8] = []
        for try await request in requests {
            if case .data(let data) = request.item { bytes += data }
        }
        guard Self.sha256(bytes) == self[\.header].coverSha256, !bytes.starts(with: Array("BAD".utf8)) else {
            throw PackagingError(.invalidArgument, "picture is neither JPEG nor PNG", reason: "COVER_REFUSED")
        }
        change { $0.isCoverThere = true }
        return PutCoverReply()
    }

    private func watch(
        _ request: WatchJobRequest,
        _ replies: MessageWriter<JobEvent>,
        _ context: CallContext
    ) async throws {
        let stop = state.withLock { state in
            state.watchedAfter.append(request.afterSequence)
            return state.watchBreaks.isEmpty ? Int64.max : state.watchBreaks.removeFirst()
        }
        for event in self[\.events] where event.sequence > request.afterSequence {
            try spend()
            try await replies.write(event)
            if self[\.pauses].contains(event.sequence) {
                for await _ in signals.stream { break }
                try Task.checkCancellation()
            }
            if event.sequence >= stop { throw PackagingError(.unavailable, "this daemon is stopping") }
        }
    }

    private func download(
        _ request: DownloadRequest,
        _ replies: MessageWriter<DownloadChunk>,
        _ context: CallContext
    ) async throws {
        let failure = state.withLock { state -> PackagingError? in
            state.downloaded.append(request.packageID)
            guard let failures = state.downloadFailures[request.packageID], !failures.isEmpty else { return nil }
            return state.downloadFailures[request.packageID]?.removeFirst()
        }
        if let failure { throw failure }
        let stop = state.withLock { state in
            state.downloadedFrom.append(request.offset)
            return state.downloadBreaks.isEmpty ? Int.max : state.downloadBreaks.removeFirst()
        }
        let bytes = self[\.bytes]
        guard request.offset <= bytes.count else { throw PackagingError(.outOfRange, "the package is shorter") }
        var first = DownloadChunk(
            offset: request.offset,
            totalSize: self[\.announcedBytes] ?? Int64(bytes.count),
            fileName: "../the book.zip"
        )
        for start in stride(from: Int(request.offset), to: bytes.count, by: 1000) {
            try spend()
            first.offset = Int64(start)
            first.data = Array(bytes[start..<min(start + 1000, bytes.count)])
            try await replies.write(first)
            first = DownloadChunk()
            if start + 1000 > stop { throw PackagingError(.unavailable, "this daemon is stopping") }
        }
        try await replies.write(
            DownloadChunk(offset: Int64(bytes.count), sha256: self[\.claimedDigest] ?? Self.sha256(bytes))
        )
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
