import Blobs
import Model

/// What services of blobs differ in: single requests. What they have in common is in ``CloudBlobStore``.
///
/// Each function sends its request again where that may help. Its errors are ``CloudFault``; ``CloudFault/Kind/missing`` tells
/// that there is no such blob, container or upload.
protocol BlobService: Sendable {
    /// The place as people know it, such as `s3://bucket/prefix`.
    var name: String { get }
    /// The sizes that blocks may have.
    var blocks: BlockSizes { get }

    /// What the service knows of a blob without its bytes.
    func properties(of location: BlobLocation) async throws(CloudFault) -> BlobProperties

    /// Up to `count` bytes of a blob from `offset`: none behind its end.
    func read(_ location: BlobLocation, from offset: Int64, upTo count: Int) async throws(CloudFault) -> [UInt8]

    /// Writes a small blob with one request.
    ///
    /// - Parameter replaces: Whether a blob that is there is replaced. Else the request fails with
    ///   ``CloudFault/Kind/exists``.
    func put(
        _ bytes: [UInt8],
        at location: BlobLocation,
        token: UploadToken,
        replaces: Bool
    ) async throws(CloudFault)

    /// Begins a blob of many blocks. Nothing is visible before the commit.
    ///
    /// - Returns: The service's name for it.
    func begin(at location: BlobLocation, token: UploadToken) async throws(CloudFault) -> String

    /// Sends a block. Blocks may be sent in any order, and again.
    ///
    /// - Parameter number: Its place among the blocks, from 1.
    /// - Returns: The service's name for it.
    func stage(
        _ bytes: [UInt8],
        number: Int,
        of upload: String,
        at location: BlobLocation
    ) async throws(CloudFault) -> String

    /// Makes a blob of all its blocks visible.
    ///
    /// - Parameter blocks: Their names, in the order of the blob.
    /// - Throws: ``CloudFault/Kind/exists`` if there is a blob.
    func commit(
        _ blocks: [String],
        of upload: String,
        at location: BlobLocation,
        token: UploadToken,
        md5: [UInt8]
    ) async throws(CloudFault)

    /// Discards the blocks of an upload. One that is not there counts as discarded.
    func abandon(_ upload: String, at location: BlobLocation) async throws(CloudFault)

    /// Copies a blob within the service, to where none may be.
    func copy(_ source: BlobLocation, to target: BlobLocation, _ properties: BlobProperties) async throws(CloudFault)

    /// Deletes a blob. One that is not there counts as deleted.
    func delete(_ location: BlobLocation) async throws(CloudFault)

    /// Some of the blobs of a container: none if there is no such container. A page may be empty, and not the last one.
    ///
    /// - Parameters:
    ///   - prefix: What the paths begin with.
    ///   - marker: What the last page gave; nil for the first.
    func list(_ container: String, prefix: String, after marker: String?) async throws(CloudFault) -> BlobPage

    /// Some of the uploads that are under way, in all containers.
    func uploads(after marker: String?) async throws(CloudFault) -> UploadPage

    /// A URL by which anybody can read a blob.
    func link(to location: BlobLocation, _ terms: LinkTerms) async throws(CloudFault) -> String
}

/// The sizes and the number of the blocks that a blob is sent in.
struct BlockSizes: Sendable, Hashable {
    /// The size of the first blocks, in bytes.
    var size: Int
    /// After so many blocks their size doubles, so that no blob needs more blocks than the service takes.
    var doublesAfter: Int

    /// The size of the block at `number`, which counts from 1.
    func size(of number: Int) -> Int { size << min((number - 1) / doublesAfter, 6) }
}

/// Tells an upload of ours from all others. It is kept with the blob: where the reply to a commit is lost, it tells whether
/// the blob that is there is the one that was sent.
struct UploadToken: Sendable, Hashable {
    /// Lower-case hexadecimal digits.
    let text: String

    /// A token that no other upload has.
    init() {
        text = Hexadecimal.text(of: (0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }
}

/// What a service knows of a blob without its bytes.
struct BlobProperties: Sendable, Hashable {
    /// In bytes.
    var size: Int64
    /// Changes whenever the blob does.
    var tag: String
    /// The token of its upload; nil if it was not written by us.
    var token: String?
    /// The 16 bytes of its MD5; nil if the service does not know it.
    var md5: [UInt8]?
}

/// Some blobs of a container.
struct BlobPage: Sendable, Hashable {
    struct Item: Sendable, Hashable {
        /// The path in the container.
        var path: String
        /// When it was written, by the service's clock.
        var modified: Instant
    }

    var items: [Item]
    /// Gives the next page; nil if this is the last one.
    var next: String?
    /// The time of the answer, by the service's clock.
    var now: Instant
}

/// Some uploads that are under way.
struct UploadPage: Sendable, Hashable {
    struct Item: Sendable, Hashable {
        var location: BlobLocation
        /// The service's name for it.
        var upload: String
        /// The process that sends it; nil if the service does not tell.
        var process: String?
        /// When it began, by the service's clock; nil if the service does not tell.
        var begun: Instant?
    }

    var items: [Item]
    /// Gives the next page; nil if this is the last one.
    var next: String?
    /// The time of the answer, by the service's clock.
    var now: Instant
}
