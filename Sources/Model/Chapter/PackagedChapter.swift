/// The encoded audio of one chapter inside a package's bytes, without what its container puts around it.
public struct PackagedChapter: Sendable, Hashable {
    /// Hash of all that determines the audio's bytes.
    public var encode: Digest
    /// Where they begin in the package.
    public var offset: Int64
    /// How many they are.
    public var bytes: Int64
    /// What they hash to.
    public var sha256: Digest
    /// The size of each packet, for AAC; empty for codecs whose packets say their own.
    public var packetSizes: [UInt32]

    /// A chapter with these values.
    public init(encode: Digest, offset: Int64, bytes: Int64, sha256: Digest, packetSizes: [UInt32] = []) {
        self.encode = encode
        self.offset = offset
        self.bytes = bytes
        self.sha256 = sha256
        self.packetSizes = packetSizes
    }
}

/// Where an encoded chapter can be copied from.
public struct ChapterSource: Sendable, Hashable {
    /// The chapter.
    public var chapter: PackagedChapter
    /// The package's bytes, where they lay a moment ago: they may be archived or deleted meanwhile.
    public var location: BlobLocation

    /// A chapter in the bytes at `location`.
    public init(chapter: PackagedChapter, location: BlobLocation) {
        self.chapter = chapter
        self.location = location
    }
}
