/// Audio of segments that was measured, and where its bytes lie.
package struct MeasuredAudio: Sendable, Hashable {
    /// What the bytes hash to.
    package var digest: Digest
    /// Size in bytes.
    package var bytes: Int
    /// What was measured.
    package var measurement: AudioMeasurement
    /// Where the bytes lie in the blob store.
    package var location: BlobLocation

    /// Audio with these values.
    package init(digest: Digest, bytes: Int, measurement: AudioMeasurement, location: BlobLocation) {
        self.digest = digest
        self.bytes = bytes
        self.measurement = measurement
        self.location = location
    }
}
