import Model

/// A bucket of a service that speaks S3, and how it is reached.
package struct S3Settings: Sendable {
    /// The bucket, which exists.
    package var bucket: String
    /// What the keys of all blobs begin with; empty, or a path without a slash at its ends.
    package var prefix: String
    /// The service; nil for Amazon's own.
    package var endpoint: String?
    /// The region that requests are signed for.
    package var region: String
    /// Whether the bucket stands in the path of URLs, not in the name of the host.
    package var isPathStyle: Bool
    /// Gives the keys for the next request. It is asked each time, as keys may end and be replaced.
    let keys: @Sendable () throws(CloudFault) -> AWSKeys

    /// These settings.
    ///
    /// - Parameter keys: Found by ``AWSKeyFinder``.
    package init(
        bucket: String,
        prefix: String,
        endpoint: String?,
        region: String,
        isPathStyle: Bool,
        keys: AWSKeyFinder
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
        self.region = region
        self.isPathStyle = isPathStyle
        self.keys = { () throws(CloudFault) in
            do throws(PackagingError) {
                return try keys.keys()
            } catch {
                throw CloudFault(kind: .refused, message: error.message)
            }
        }
    }
}
