package import Model

extension ValidationReport {
    /// A report without issues, on a package of one second.
    package static let valid = ValidationReport(
        [],
        Specs(
            fileSizeMB: 1,
            totalDurationSeconds: 1,
            audioCodec: "mp3",
            bitrate: "256k",
            sampleRate: 44_100,
            channels: 1,
            peakLevel: -3,
            averageRMS: -20,
            noiseFloor: -70
        )
    )
}
