/// Audio of segments that was measured, and where its bytes lie.
public struct MeasuredAudio: Sendable, Hashable {
    /// What the bytes hash to.
    public var digest: Digest
    /// Size in bytes.
    public var bytes: Int
    /// What was measured.
    public var measurement: AudioMeasurement
    /// Where the bytes lie in the blob store.
    public var location: BlobLocation

    /// Audio with these values.
    public init(digest: Digest, bytes: Int, measurement: AudioMeasurement, location: BlobLocation) {
        self.digest = digest
        self.bytes = bytes
        self.measurement = measurement
        self.location = location
    }
}
