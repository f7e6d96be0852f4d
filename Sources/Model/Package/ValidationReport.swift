/// Whether a platform accepts a package, and all findings against it.
///
/// It is stored as JSON with the package. The names of the properties are the keys, so they must not change.
package struct ValidationReport: Sendable, Hashable, Codable {
    /// One finding.
    package struct Issue: Sendable, Hashable, Codable {
        /// How serious a finding is.
        package enum Severity: String, Sendable, Hashable, Codable {
            /// The platform refuses the package, or the package is not what was planned.
            case error
            /// The file itself meets the platform's rules, but the result may disappoint, or the platform may refuse the
            /// book for another reason, such as its length or a synthetic narration.
            case warning
        }

        /// What a finding is about.
        package enum Category: String, Sendable, Hashable, Codable {
            /// Levels, room tone.
            case audioQuality = "audio_quality"
            /// Codec, bit rate, sample rate, channels, lengths and sizes of files.
            case audioFormat = "audio_format"
            /// How the package is built.
            case structure
            /// Whether the bytes are those that were written.
            case integrity
            /// Chapter marks.
            case chapters
            /// The cover.
            case cover
            /// What the package's metadata say about the book.
            case metadata
            /// Whether the platform accepts such a book at all.
            case eligibility
        }

        /// How serious it is.
        package var severity: Severity
        /// What it is about.
        package var category: Category
        /// What is wrong, in a line.
        package var message: String
        /// What was measured and what is required.
        package var details: String
        /// Numbers of the affected chapters, from 1; empty if the finding is about the whole package.
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
        /// The root mean square of all audio in dB of full scale.
        package var averageRMS: Double
        /// The highest noise floor of any chapter, in dB of full scale.
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
    /// The findings: errors first, then warnings, each in the order of the checks.
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
