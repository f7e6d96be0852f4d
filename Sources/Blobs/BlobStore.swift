package import Files
package import Model

/// Keeps bytes under a container and a path.
///
/// Every store promises three things: a blob is visible only when it is complete, a blob is never overwritten, and a
/// blob that was deleted does not come back. No container has blobs of two tenants. A container is created with its
/// first blob.
package protocol BlobStore: Sendable {
    /// Begins to write a new blob at `location`. ``write(to:_:)`` is simpler where the bytes come in order.
    ///
    /// Nothing is visible there before ``BlobUpload/commit(_:)``. If the process dies before an upload is committed or
    /// aborted, nothing is left at `location`.
    ///
    /// - Parameter header: The number of bytes at the beginning of the blob that are given last, with
    ///   ``BlobUpload/appendHeader(_:)``.
    /// - Throws: ``BlobError`` with kind `invalidLocation`, `full`, or `unavailable`.
    func upload(to location: BlobLocation, reserving header: Int64) async throws(BlobError) -> any BlobUpload

    /// Reads up to `length` bytes of a blob from `offset`: fewer only at the end of the blob, and none at or after its
    /// end.
    ///
    /// - Throws: ``BlobError`` with kind `notFound`, `invalidLocation`, or `unavailable`.
    func read(_ location: BlobLocation, from offset: Int64, upTo length: Int) async throws(BlobError) -> [UInt8]

    /// The length of one read, in bytes, when a whole blob is read: small where reading is cheap, larger where each read is
    /// a request to another machine.
    var pieceSize: Int { get }

    /// The size of a blob in bytes.
    ///
    /// - Throws: ``BlobError`` with kind `notFound`, `invalidLocation`, or `unavailable`.
    func size(of location: BlobLocation) async throws(BlobError) -> Int64

    /// Copies a blob to `target`, where no blob may exist.
    ///
    /// - Returns: What was written. A caller that knows what the blob must be compares it.
    /// - Throws: ``BlobError`` with kind `notFound` if `source` does not exist or is deleted while it is read;
    ///   `alreadyExists` if there is a blob at `target`; `unavailable` if the task is cancelled; else what an upload
    ///   throws.
    func copy(_ source: BlobLocation, to target: BlobLocation) async throws(BlobError) -> CopiedBlob

    /// A link by which anybody can read the blob, without any other proof, until it expires. Whether the blob exists is not
    /// looked at.
    ///
    /// - Returns: An `https` URL; nil if the store has no links, as one that keeps files of this machine.
    /// - Throws: ``BlobError`` with kind `invalidLocation` or `unavailable`.
    func link(to location: BlobLocation, _ terms: LinkTerms) async throws(BlobError) -> String?

    /// Deletes a blob, and what an ended upload to its location has left in the store. A blob that is not there counts as
    /// deleted.
    ///
    /// - Throws: ``BlobError`` with kind `invalidLocation` or `unavailable`.
    func delete(_ location: BlobLocation) async throws(BlobError)

    /// Removes uploads that were neither committed nor aborted, because the process that wrote them died.
    ///
    /// An upload of a living process is never removed, whichever process that is and however long the upload waits,
    /// provided that each process calls this every few minutes. So an upload stays for some minutes after its process
    /// died. Any number of processes may call it at once.
    ///
    /// - Returns: How many were removed.
    /// - Throws: ``BlobError`` with kind `unavailable`.
    @discardableResult
    func removeAbandonedUploads() async throws(BlobError) -> Int

    /// Removes the blobs in a container that were committed `age` ago or longer: for blobs that no row names.
    ///
    /// - Returns: How many were removed.
    /// - Throws: ``BlobError`` with kind `invalidLocation` or `unavailable`.
    @discardableResult
    func removeBlobs(in container: String, olderThan age: Duration) async throws(BlobError) -> Int

    /// The path of the file that holds a blob, if this store keeps its blobs in files of this machine.
    ///
    /// The file never changes while it exists. A reader that has opened it can read it to its end even if the blob is
    /// deleted.
    ///
    /// - Throws: ``BlobError`` with kind `notFound`, `invalidLocation`, or `unavailable`.
    func localPath(of location: BlobLocation) async throws(BlobError) -> String?

    /// The room of the disk that holds the blobs; nil if the store cannot tell, as those on other machines.
    ///
    /// - Throws: ``BlobError`` with kind `unavailable`.
    func space() async throws(BlobError) -> FileSystemSpace?
}

extension BlobStore {
    /// Nil: this store cannot tell how much room it has.
    package func space() async throws(BlobError) -> FileSystemSpace? { nil }

    /// Nil: this store keeps no files of this machine.
    package func localPath(of location: BlobLocation) async throws(BlobError) -> String? { nil }

    /// Nil: this store has no links.
    package func link(to location: BlobLocation, _ terms: LinkTerms) async throws(BlobError) -> String? { nil }

    /// 256 KiB.
    package var pieceSize: Int { 256 << 10 }

    /// Begins to write a new blob whose bytes are given from the first to the last.
    package func upload(to location: BlobLocation) async throws(BlobError) -> any BlobUpload {
        try await upload(to: location, reserving: 0)
    }
}

/// One blob while it is written. Calls are made one after another.
package protocol BlobUpload: Sendable {
    /// Adds bytes at the end. The first ones come behind the header that was reserved.
    ///
    /// - Throws: ``BlobError`` with kind `full` or `unavailable`. After that only ``abort()`` may be called.
    func append(_ bytes: [UInt8]) async throws(BlobError)

    /// Adds bytes to the header that was reserved, from the first to the last. Exactly the reserved number is given before
    /// the commit.
    ///
    /// - Throws: as ``append(_:)``.
    func appendHeader(_ bytes: [UInt8]) async throws(BlobError)

    /// Makes the blob visible and durable.
    ///
    /// - Parameter hashes: Those of the whole blob, for a store that keeps or compares one of them.
    /// - Returns: The size in bytes.
    /// - Throws: ``BlobError`` with kind `alreadyExists` if there is a blob at the location; that blob is not changed.
    ///   With kind `full` or `unavailable`, after which the new blob may be visible all the same, if the store could
    ///   neither complete it nor take it back.
    @discardableResult
    func commit(_ hashes: BlobHashes) async throws(BlobError) -> Int64

    /// Discards what was written. Does nothing after a commit.
    func abort() async
}

/// What a copy wrote.
package struct CopiedBlob: Sendable, Hashable {
    /// Size in bytes.
    package var size: Int64
    /// The hash of the bytes; nil if the store copied them by itself, and compared what it knows of both blobs.
    package var digest: Digest?

    /// A blob of `size` bytes.
    package init(size: Int64, digest: Digest?) {
        self.size = size
        self.digest = digest
    }
}

/// What a link allows, and how the bytes are called where they are saved.
package struct LinkTerms: Sendable, Hashable {
    /// The time from which on the link is refused.
    package var expiresAt: Instant
    /// The name under which a browser saves the file; any characters.
    package var fileName: String
    /// The type of the file, such as `application/zip`.
    package var mediaType: String

    /// These terms.
    package init(expiresAt: Instant, fileName: String, mediaType: String) {
        self.expiresAt = expiresAt
        self.fileName = fileName
        self.mediaType = mediaType
    }
}

/// What was written to a new blob.
package struct StoredBlob: Sendable, Hashable {
    /// Size in bytes.
    package var size: Int64
    /// The hash of the bytes.
    package var digest: Digest

    /// A blob of `size` bytes that hash to `digest`.
    package init(size: Int64, digest: Digest) {
        self.size = size
        self.digest = digest
    }
}

/// The error of a blob store that could not do what was asked.
package struct BlobError: Error, Sendable, CustomStringConvertible {
    /// The kinds of error, by what a caller does about them.
    package enum Kind: Sendable, Hashable {
        /// There is no such blob.
        case notFound
        /// There is a blob at this location already.
        case alreadyExists
        /// No blob can be at this location, because its name breaks the rules.
        case invalidLocation
        /// The store does not work now, but may work later.
        case unavailable
        /// The store is full. It works again when somebody has made room.
        case full
    }

    /// The kind of error, which decides what a caller does about it.
    package var kind: Kind
    /// One line: the blob and the reason.
    package var message: String

    /// An error of `kind`.
    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    package var description: String { message }

    /// The same error as a ``PackagingError``, for the layers above.
    package var packagingError: PackagingError {
        switch kind {
        case .notFound: PackagingError(.notFound, message, reason: "BLOB_NOT_FOUND", cause: self)
        case .alreadyExists: PackagingError(.alreadyExists, message, reason: "BLOB_EXISTS", cause: self)
        case .invalidLocation: PackagingError(.invalidArgument, message, reason: "BLOB_LOCATION", cause: self)
        case .unavailable: PackagingError(.unavailable, "the blob store is not available", cause: self)
        case .full:
            PackagingError(
                .resourceExhausted,
                "the blob store is full",
                reason: "BLOB_STORE_FULL",
                hint: "Make room on the disk that holds the blobs.",
                retryAfter: .seconds(30),
                cause: self
            )
        }
    }
}

/// The names of a tenant's containers. Each has 3 to 63 characters of a-z, 0-9 and `-`, as Azure requires.
package enum TenantContainers {
    /// Holds the audio and covers that packages are made from.
    package static func audio(of tenant: TenantID) -> String { "t-\(tenant)-audio" }
    /// Holds packages for 24 hours.
    package static func temp(of tenant: TenantID) -> String { "t-\(tenant)-temp" }
    /// Holds archived packages.
    package static func archive(of tenant: TenantID) -> String { "t-\(tenant)-archive" }

    /// Whether a container has the name of one of these.
    package static func has(_ container: String) -> Bool {
        container.hasPrefix("t-") && ["-audio", "-temp", "-archive"].contains { container.hasSuffix($0) }
    }

    /// The location of content-addressed bytes of a tenant.
    ///
    /// - Parameter kind: A folder, such as `segments` or `covers`.
    package static func content(_ kind: String, _ digest: Digest, of tenant: TenantID) -> BlobLocation {
        let name = digest.description
        return BlobLocation(container: audio(of: tenant), path: "\(kind)/\(name.prefix(2))/\(name)")
    }
}
