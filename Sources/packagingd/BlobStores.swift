import Blobs
import CloudBlobs
import HTTP
import Model

/// How the blob store of a daemon is opened.
struct BlobStores: Sendable {
    /// Where blobs are kept.
    var place: BlobPlace
    /// The server, if it is not the one that the place has by itself.
    var endpoint: String?
    /// A file with keys, which counts in place of what the environment says.
    var credentials: String?
    var region: String?
    var isPathStyle: Bool?
    /// How other servers are reached.
    var http: HTTPClient.Configuration
    /// The variables of this process.
    var environment: [String: String]

    /// The blob store. No request is sent.
    ///
    /// - Throws: ``BlobError`` or ``PackagingError`` that names what cannot be used.
    func open() throws -> any BlobStore {
        switch place {
        case .folder(let path):
            return try FileBlobStore(root: path)
        case .s3(let bucket, let prefix):
            let finder = AWSKeyFinder(environment: environment, file: credentials, now: { SystemClock.now })
            // Said at the start, and not by the first job.
            _ = try finder.keys()
            let settings = S3Settings(
                bucket: bucket,
                prefix: prefix,
                endpoint: endpoint,
                region: region ?? finder.region ?? "us-east-1",
                // The certificates of Amazon are for one name before the service's.
                isPathStyle: isPathStyle ?? (endpoint != nil || bucket.contains(".")),
                keys: finder
            )
            return CloudBlobStore(settings, client: HTTPClient(http), now: { SystemClock.now })
        }
    }
}
