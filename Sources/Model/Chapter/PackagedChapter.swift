/// The encoded audio of one chapter inside a package's bytes, without what its container puts around it.
package struct PackagedChapter: Sendable, Hashable {
    /// Hash of everything that determines the audio's bytes.
    package var encode: Digest
    /// The offset of the audio in the package.
    package var offset: Int64
    /// The number of bytes.
    package var bytes: Int64
    /// The SHA-256 of the bytes.
    package var sha256: Digest
    /// The size of each packet, for AAC; empty for codecs whose packets state their own size.
    package var packetSizes: [UInt32]

    /// A chapter with these values.
    package init(encode: Digest, offset: Int64, bytes: Int64, sha256: Digest, packetSizes: [UInt32] = []) {
        self.encode = encode
        self.offset = offset
        self.bytes = bytes
        self.sha256 = sha256
        self.packetSizes = packetSizes
    }
}

/// Where an encoded chapter can be copied from.
package struct ChapterSource: Sendable, Hashable {
    /// The chapter.
    package var chapter: PackagedChapter
    /// The location of the package's bytes a moment ago. The package may have been archived or deleted since.
    package var location: BlobLocation

    /// A chapter in the bytes at `location`.
    package init(chapter: PackagedChapter, location: BlobLocation) {
        self.chapter = chapter
        self.location = location
    }
}
