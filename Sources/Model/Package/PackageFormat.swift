/// The format of a package. The raw value is the word in the database.
package enum PackageFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// An MPEG-4 audiobook.
    case m4b
    /// A ZIP of one MP3 per chapter.
    case zipMP3 = "zip_mp3"
    /// An EPUB 3 with media overlays.
    case epub3

    /// The file name extension, without the dot.
    package var fileExtension: String {
        switch self {
        case .m4b: "m4b"
        case .zipMP3: "zip"
        case .epub3: "epub"
        }
    }

    /// The media type, as servers and browsers name it.
    ///
    /// Sources: RFC 4337 for MP4 audio; the IANA registry for the others.
    package var mediaType: String {
        switch self {
        case .m4b: "audio/mp4"
        case .zipMP3: "application/zip"
        case .epub3: "application/epub+zip"
        }
    }
}
