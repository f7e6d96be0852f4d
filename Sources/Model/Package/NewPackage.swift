/// A package that was made and stored.
package struct NewPackage: Sendable, Hashable {
    /// Its format.
    package var format: PackageFormat
    /// A name for the file.
    package var fileName: String
    /// Length in samples at 44,100 Hz.
    package var durationSamples: Int64
    /// How its audio is encoded.
    package var audioSpec: AudioSpec
    /// Its bytes.
    package var content: Content
    /// The report of a validation, if the package was already validated.
    package var validation: ValidationReport?
    /// The encoded chapters inside the bytes that were stored for it, each encoding once. Later packages copy them from
    /// there.
    package var chapters: [PackagedChapter]

    /// Where the package's bytes are.
    package enum Content: Sendable, Hashable {
        /// At the location in the claim.
        case stored(bytes: Int64, sha256: Digest)
        /// In the object that another package of the project has stored.
        case shared(with: PackageID)
    }

    /// A package with these values.
    package init(
        format: PackageFormat,
        fileName: String,
        durationSamples: Int64,
        audioSpec: AudioSpec,
        content: Content,
        validation: ValidationReport? = nil,
        chapters: [PackagedChapter] = []
    ) {
        self.format = format
        self.fileName = fileName
        self.durationSamples = durationSamples
        self.audioSpec = audioSpec
        self.content = content
        self.validation = validation
        self.chapters = chapters
    }
}
