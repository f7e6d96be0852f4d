/// Measured audio of segments, and where its bytes are.
package struct MeasuredAudio: Sendable, Hashable {
    /// The SHA-256 of the bytes.
    package var digest: Digest
    /// Size in bytes.
    package var bytes: Int
    /// The measurement.
    package var measurement: AudioMeasurement
    /// Where the bytes are in the blob store.
    package var location: BlobLocation

    /// Audio with these values.
    package init(digest: Digest, bytes: Int, measurement: AudioMeasurement, location: BlobLocation) {
        self.digest = digest
        self.bytes = bytes
        self.measurement = measurement
        self.location = location
    }
}
