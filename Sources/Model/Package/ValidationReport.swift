/// Whether a package is what its platform takes, and everything that speaks against it.
///
/// Stored as JSON with the package, under the names that the platform's design gives its fields.
package struct ValidationReport: Sendable, Hashable, Codable {
    /// One finding.
    package struct Issue: Sendable, Hashable, Codable {
        /// How much it matters.
        package enum Severity: String, Sendable, Hashable, Codable {
            /// The platform refuses the package, or it is not what was planned.
            case error
            /// It is taken, and may disappoint.
            case warning
        }

        /// What it is about.
        package enum Category: String, Sendable, Hashable, Codable {
            /// Levels, room tone.
            case audioQuality = "audio_quality"
            /// Codec, bit rate, sample rate, channels, lengths and sizes of files.
            case audioFormat = "audio_format"
            /// How the package is put together.
            case structure
            /// Bytes that are not what was written.
            case integrity
            /// Chapter marks.
            case chapters
            /// The cover.
            case cover
            /// What the package says about the book.
            case metadata
            /// Whether the platform takes such a book at all.
            case eligibility
        }

        /// How much it matters.
        package var severity: Severity
        /// What it is about.
        package var category: Category
        /// What is wrong, in a line.
        package var message: String
        /// What was measured and what is required.
        package var details: String
        /// Numbers of the chapters it is about, from 1; empty if it is about the whole.
        package var affectedChapters: [Int]

        /// A finding with these values.
        package init(severity: Severity, category: Category, message: String, details: String, affectedChapters: [Int])
        {
            self.severity = severity
            self.category = category
            self.message = message
            self.details = details
            self.affectedChapters = affectedChapters
        }
    }

    /// What was measured.
    package struct Specs: Sendable, Hashable, Codable {
        /// Size in units of 1,000,000 bytes.
        package var fileSizeMB: Double
        /// Length of all audio in seconds.
        package var totalDurationSeconds: Double
        /// The codec of the first audio file.
        package var audioCodec: String
        /// The bit rate, such as `192k`; the average where it is not constant.
        package var bitrate: String
        /// Samples per second of the first audio file.
        package var sampleRate: Int
        /// Channels of the first audio file.
        package var channels: Int
        /// The highest peak in dB of full scale.
        package var peakLevel: Double
        /// The root mean square of everything in dB of full scale.
        package var averageRMS: Double
        /// The noise floor of the chapter that has the highest, in dB of full scale.
        package var noiseFloor: Double

        /// Measurements with these values.
        package init(
            fileSizeMB: Double,
            totalDurationSeconds: Double,
            audioCodec: String,
            bitrate: String,
            sampleRate: Int,
            channels: Int,
            peakLevel: Double,
            averageRMS: Double,
            noiseFloor: Double
        ) {
            self.fileSizeMB = fileSizeMB
            self.totalDurationSeconds = totalDurationSeconds
            self.audioCodec = audioCodec
            self.bitrate = bitrate
            self.sampleRate = sampleRate
            self.channels = channels
            self.peakLevel = peakLevel
            self.averageRMS = averageRMS
            self.noiseFloor = noiseFloor
        }
    }

    /// Whether there is no error.
    package var valid: Bool
    /// The findings: errors first, each kind in the order of the checks.
    package var issues: [Issue]
    /// What was measured.
    package var specs: Specs

    /// The report of these findings, in the order of the checks.
    package init(_ issues: [Issue], _ specs: Specs) {
        let errors = issues.filter { $0.severity == .error }
        valid = errors.isEmpty
        self.issues = errors + issues.filter { $0.severity == .warning }
        self.specs = specs
    }
}
