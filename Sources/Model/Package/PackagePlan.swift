/// What one platform's package will be: a part of the plan of a batch.
package struct PackagePlan: Sendable, Hashable, Codable {
    /// One file of the package.
    package struct File: Sendable, Hashable, Codable {
        /// Its name inside the package; the package's own where it is a single file.
        package var name: String
        /// Its size in bytes: exact where ``PackagePlan/sizeIsExact``.
        package var bytes: Int64
        /// The place of what it holds among the renders of the batch, for audio of one render.
        package var render: Int?
        /// The title, for audio.
        package var title: String?
        /// Length at 44,100 Hz, for audio.
        package var samples: Int?

        /// A file with these values.
        package init(name: String, bytes: Int64, render: Int? = nil, title: String? = nil, samples: Int? = nil) {
            self.name = name
            self.bytes = bytes
            self.render = render
            self.title = title
            self.samples = samples
        }
    }

    /// The platform.
    package var platform: Platform
    /// What kind of package it is.
    package var format: PackageFormat
    /// A name for the package as a file.
    package var fileName: String
    /// How its audio is encoded.
    package var audio: AudioSpec
    /// The bit rate that was asked for, where a lower one was needed to keep within the platform's size.
    package var requestedBitRate: Int?
    /// The renders it is made of, in reading order, by their place among the renders of the batch.
    package var renders: [Int]
    /// Its files, in the order in which they lie in it.
    package var files: [File]
    /// Size in bytes: exact where ``sizeIsExact``, otherwise an upper estimate.
    package var size: Int64
    /// Whether ``size`` is exact.
    package var sizeIsExact: Bool
    /// Length of the audio at 44,100 Hz.
    package var samples: Int
    /// Why no package of a size that the platform takes can be made; empty if one can.
    package var oversize: [String]
    /// Why the platform may refuse a package that is made as planned.
    package var rejections: [String]
    /// Hash of all that determines the package's bytes; nil while audio is missing or the bytes are not determined.
    package var recipe: Digest?

    /// A plan with these values.
    package init(
        platform: Platform,
        format: PackageFormat,
        fileName: String,
        audio: AudioSpec,
        requestedBitRate: Int?,
        renders: [Int],
        files: [File],
        size: Int64,
        sizeIsExact: Bool,
        samples: Int,
        oversize: [String],
        rejections: [String],
        recipe: Digest?
    ) {
        self.platform = platform
        self.format = format
        self.fileName = fileName
        self.audio = audio
        self.requestedBitRate = requestedBitRate
        self.renders = renders
        self.files = files
        self.size = size
        self.sizeIsExact = sizeIsExact
        self.samples = samples
        self.oversize = oversize
        self.rejections = rejections
        self.recipe = recipe
    }
}
