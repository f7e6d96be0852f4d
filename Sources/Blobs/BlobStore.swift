package import Files
package import Model

/// Keeps bytes under a container and a path.
///
/// Every store promises three things: a blob is visible only when it is complete, a blob is never overwritten, and a
/// blob that was deleted does not come back. No container has blobs of two tenants. A container is created with its
/// first blob.
package protocol BlobStore: Sendable {
    /// Begins to write a new blob at `location`.
    ///
    /// Nothing is visible there before ``BlobUpload/commit()``. If the process dies before an upload is committed or
    /// aborted, nothing is left at `location`.
    ///
    /// - Throws: ``BlobError`` with kind `invalidLocation`, `full`, or `unavailable`.
    func upload(to location: BlobLocation) async throws(BlobError) -> any BlobUpload

    /// Reads up to `length` bytes of a blob from `offset`: fewer only at the end of the blob, and none at or after its
    /// end.
    ///
    /// - Throws: ``BlobError`` with kind `notFound`, `invalidLocation`, or `unavailable`.
    func read(_ location: BlobLocation, from offset: Int64, upTo length: Int) async throws(BlobError) -> [UInt8]

    /// The size of a blob in bytes.
    ///
    /// - Throws: ``BlobError`` with kind `notFound`, `invalidLocation`, or `unavailable`.
    func size(of location: BlobLocation) async throws(BlobError) -> Int64

    /// Deletes a blob. One that is not there counts as deleted.
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
}

/// One blob while it is written. Calls are made one after another.
package protocol BlobUpload: Sendable {
    /// Adds bytes at the end.
    ///
    /// - Throws: ``BlobError`` with kind `full` or `unavailable`. After that only ``abort()`` may be called.
    func append(_ bytes: [UInt8]) async throws(BlobError)

    /// Makes the blob visible and durable.
    ///
    /// - Returns: The size and hash of what was written.
    /// - Throws: ``BlobError`` with kind `alreadyExists` if there is a blob at the location; that blob is not changed.
    ///   With kind `full` or `unavailable`, after which the new blob may be visible all the same, if the store could
    ///   neither complete it nor take it back.
    func commit() async throws(BlobError) -> StoredBlob

    /// Discards what was written. Does nothing after a commit.
    func abort() async
}

/// What a committed upload wrote.
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

    /// The location of content-addressed bytes of a tenant.
    ///
    /// - Parameter kind: A folder, such as `segments` or `covers`.
    package static func content(_ kind: String, _ digest: Digest, of tenant: TenantID) -> BlobLocation {
        let name = digest.description
        return BlobLocation(container: audio(of: tenant), path: "\(kind)/\(name.prefix(2))/\(name)")
    }
}
