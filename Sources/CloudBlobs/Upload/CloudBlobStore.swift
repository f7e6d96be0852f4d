package import Blobs
package import HTTP
package import Model

/// Keeps blobs with a service in a cloud.
///
/// Everything that is promised of a ``BlobStore`` holds for any number of daemons, and over lost replies: a blob is visible only
/// when it was sent completely, and only the upload whose token it has may call it its own.
package struct CloudBlobStore: BlobStore {
    let service: any BlobService
    private let register: UploadRegister

    init(_ service: any BlobService, register: UploadRegister? = nil) {
        self.service = service
        self.register = register ?? UploadRegister(service)
    }

    /// 4 MiB: each read is a request.
    package var pieceSize: Int { 4 << 20 }

    /// Begins to write a new blob, in blocks that are sent while it is written.
    package func upload(to location: BlobLocation, reserving header: Int64) async throws(BlobError) -> any BlobUpload {
        CloudUpload(to: try location.checked(), reserving: header, on: service, register)
    }

    /// Up to `length` bytes of a blob from `offset`. A transfer that is cut is continued.
    package func read(
        _ location: BlobLocation,
        from offset: Int64,
        upTo length: Int
    ) async throws(BlobError) -> [UInt8] {
        let location = try location.checked()
        guard length > 0 else {
            _ = try await size(of: location)
            return []
        }
        let bytes = try await asking(location) { () throws(CloudFault) in
            try await service.read(location, from: offset, upTo: length)
        }
        guard bytes.count <= length else {
            throw BlobError(.unavailable, "\(service.name) gave more of \"\(location.path)\" than was asked for")
        }
        return bytes
    }

    /// The size of a blob in bytes.
    package func size(of location: BlobLocation) async throws(BlobError) -> Int64 {
        let location = try location.checked()
        return try await asking(location) { () throws(CloudFault) in try await service.properties(of: location).size }
    }

    /// Nil: nothing is on this machine.
    package func localPath(of location: BlobLocation) async throws(BlobError) -> String? {
        _ = try location.checked()
        return nil
    }

    /// Copies a blob within the service. No byte comes here.
    package func copy(_ source: BlobLocation, to target: BlobLocation) async throws(BlobError) -> CopiedBlob {
        let (source, target) = (try source.checked(), try target.checked())
        let properties = try await asking(source) { () throws(CloudFault) in try await service.properties(of: source) }
        do throws(CloudFault) {
            try await service.copy(source, to: target, properties)
            let copy = try await service.properties(of: target)
            guard copy.size == properties.size, copy.md5 == properties.md5 else {
                throw CloudFault(kind: .transient, message: "the copy of \"\(source.path)\" is another blob")
            }
        } catch {
            guard error.kind == .exists else { throw BlobError(error, source) }
            throw BlobError(.alreadyExists, "there is a blob at \"\(target.path)\" already")
        }
        return CopiedBlob(size: properties.size, digest: nil)
    }

    /// A URL that the service serves to anybody.
    package func link(to location: BlobLocation, _ terms: LinkTerms) async throws(BlobError) -> String? {
        let location = try location.checked()
        return try await asking(location) { () throws(CloudFault) in try await service.link(to: location, terms) }
    }

    /// Deletes a blob. One that is not there counts as deleted.
    package func delete(_ location: BlobLocation) async throws(BlobError) {
        let location = try location.checked()
        try await asking(location) { () throws(CloudFault) in try await service.delete(location) }
    }

    /// Removes uploads that were neither committed nor aborted, because the process that wrote them died.
    @discardableResult
    package func removeAbandonedUploads() async throws(BlobError) -> Int {
        try await asking(BlobLocation(container: UploadRegister.container, path: "")) { () throws(CloudFault) in
            try await register.sweep()
        }
    }

    /// Removes the blobs in a container that were committed `age` ago or longer, by the service's clock.
    package func removeBlobs(in container: String, olderThan age: Duration) async throws(BlobError) -> Int {
        _ = try BlobLocation(container: container, path: "a").checked()
        var removed = 0
        var marker: String?
        repeat {
            let page = try await asking(BlobLocation(container: container, path: "")) { () throws(CloudFault) in
                try await service.list(container, prefix: "", after: marker)
            }
            for item in page.items where page.now - item.modified + Self.rounding >= age {
                try await delete(BlobLocation(container: container, path: item.path))
                removed += 1
            }
            marker = page.next
        } while marker != nil
        return removed
    }

    /// Services count whole seconds, and some round up.
    private static let rounding = Duration.seconds(1)

    private func asking<Value>(
        _ location: BlobLocation,
        _ request: () async throws(CloudFault) -> Value
    ) async throws(BlobError) -> Value {
        do throws(CloudFault) {
            return try await request()
        } catch {
            throw BlobError(error, location)
        }
    }
}

extension BlobError {
    /// The error of a blob that could not be written. What is missing then is the upload, and no blob that somebody wants to read.
    init(writing fault: CloudFault) {
        self.init(fault.kind == .full ? .full : .unavailable, fault.message)
    }

    /// The error of a request about a blob that is there, as far as is known.
    init(_ fault: CloudFault, _ location: BlobLocation) {
        switch fault.kind {
        case .missing: self.init(.notFound, "there is no blob at \"\(location.path)\"")
        case .full: self.init(.full, fault.message)
        case .exists, .range, .transient, .refused: self.init(.unavailable, fault.message)
        }
    }
}

extension CloudBlobStore {
    /// A bucket of a service that speaks S3.
    ///
    /// - Parameters:
    ///   - client: Carries the requests of this store, and no others.
    ///   - now: The time, for signatures.
    package init(_ settings: S3Settings, client: HTTPClient, now: @escaping @Sendable () -> Instant) {
        let dialect = S3Dialect(settings, now: now)
        self.init(S3Service(settings, CloudSender(dialect: dialect, client: client), dialect, now: now))
    }
}
