/// The planned package of one platform: a part of the plan of a batch.
package struct PackagePlan: Sendable, Hashable, Codable {
    /// One file of the package.
    package struct File: Sendable, Hashable, Codable {
        /// Its name inside the package; the package's own name if the package is a single file.
        package var name: String
        /// Its size in bytes; exact if ``PackagePlan/sizeIsExact``.
        package var bytes: Int64
        /// The index of its render among the renders of the batch; only for audio that comes from one render.
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
    /// A file name for the package.
    package var fileName: String
    /// How its audio is encoded.
    package var audio: AudioSpec
    /// The bit rate that was asked for, if a lower one was needed to stay within the platform's size limit.
    package var requestedBitRate: Int?
    /// The renders that it consists of, in reading order, as indices into the renders of the batch.
    package var renders: [Int]
    /// Its files, in their order in the package.
    package var files: [File]
    /// Size in bytes; exact if ``sizeIsExact``, otherwise an upper estimate.
    package var size: Int64
    /// Whether ``size`` is exact.
    package var sizeIsExact: Bool
    /// Length of the audio at 44,100 Hz.
    package var samples: Int
    /// The reasons why no package can be made that is small enough for the platform; empty if one can.
    package var oversize: [String]
    /// The reasons why the platform may refuse a package that is made as planned.
    package var rejections: [String]
    /// Hash of everything that determines the package's bytes; nil while audio is missing or the bytes are not
    /// determined.
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
