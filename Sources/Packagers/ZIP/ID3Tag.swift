package import Model

/// An ID3v2.3 tag. The same input gives the same bytes.
///
/// All platforms and players read version 2.3; not all read 2.4. There is no padding and no unsynchronisation, because
/// no current reader needs them. The picture comes last, so a tag is ``head`` followed by the picture's bytes, which
/// need not be in memory.
package struct ID3Tag: Sendable, Hashable {
    /// Everything before the picture's bytes; the whole tag if it has no picture.
    package let head: [UInt8]
    /// Bytes of the whole tag, including the picture's.
    package let size: Int

    /// The tag of one track of a book.
    ///
    /// Artist and album artist are the authors, because audiobook programs sort by the album artist. The composer is
    /// the narrators, because ID3 has no frame for narrators. The comment is ``BookMetadata/shownDescription``.
    ///
    /// - Parameters:
    ///   - book: What the book says about itself; its title is the album.
    ///   - title: The track's title.
    ///   - number: The place of the track, from 1, of `count`.
    ///   - samples: The track's length at 44,100 Hz.
    ///   - cover: The front cover, whose bytes the caller sends after ``head``.
    /// - Throws: ``PackagerError`` if the tag would have 256 MiB or more.
    package init(
        book: BookMetadata,
        title: String,
        number: Int,
        of count: Int,
        samples: Int,
        cover: Cover?
    ) throws(PackagerError) {
        let language = ISO639.code(for: book.language)
        var frames = ID3Frames()
        frames.text("TIT2", title)
        frames.text("TPE1", book.authors.joined(separator: ", "))
        frames.text("TPE2", book.authors.joined(separator: ", "))
        frames.text("TCOM", book.narrators.joined(separator: ", "))
        frames.text("TALB", book.title)
        frames.text("TIT3", book.subtitle)
        frames.text("TRCK", "\(number)/\(count)")
        frames.text("TYER", book.year.flatMap(Self.year))
        frames.text("TCON", "Audiobook")
        frames.text("TLAN", language)
        frames.text("TLEN", String(samples * 1000 / Timeline.sampleRate))
        frames.text("TPUB", book.publisher)
        frames.text("TCOP", book.copyright.map { Self.copyright($0, year: book.year.flatMap(Self.year)) })
        frames.userText("SERIES", book.series)
        frames.userText("ISBN", book.isbn)
        frames.comment(book.shownDescription, language: language)
        if let cover { frames.picture(cover) }

        let size = frames.bytes.count + (cover?.bytes ?? 0)
        guard size < 1 << 28 else { throw .tooLarge("the ID3 tag of \"\(title)\"") }
        var head = Array("ID3".utf8) + [3, 0, 0]
        // §3.1: four bytes with seven bits each, so that no byte looks like the start of an MPEG frame.
        head += [21, 14, 7, 0].map { UInt8(truncatingIfNeeded: size >> $0) & 0x7F }
        self.head = head + frames.bytes
        self.size = 10 + size
    }

    /// §4.2.1: a year has four digits.
    private static func year(_ year: Int) -> String? {
        (1000...9999).contains(year) ? String(year) : nil
    }

    /// §4.2.1: the text begins with a year and a space, and players put "Copyright ©" before it.
    private static func copyright(_ line: String, year: String?) -> String {
        var line = Substring(line)
        for sign in ["Copyright", "copyright", "©", "(C)", "(c)"] {
            line = line.drop { $0 == " " }
            if line.hasPrefix(sign) { line = line.dropFirst(sign.count) }
        }
        line = line.drop { $0 == " " }
        let startsWithYear = line.prefix(4).allSatisfy { $0.isASCII && $0.isNumber } && line.dropFirst(4).first == " "
        guard let year, !startsWithYear else { return String(line) }
        return "\(year) \(line)"
    }
}

/// The frames of an ID3v2.3 tag. Empty and absent values add nothing.
private struct ID3Frames {
    private(set) var bytes: [UInt8] = []

    mutating func text(_ id: String, _ value: String?) {
        guard let value = value.map(Self.oneLine), !value.isEmpty else { return }
        let encoding = ID3Encoding(for: value)
        append(id, [encoding.rawValue] + encoding.bytes(of: value))
    }

    mutating func userText(_ description: String, _ value: String?) {
        guard let value = value.map(Self.oneLine), !value.isEmpty else { return }
        let encoding = ID3Encoding(for: value)
        append("TXXX", [encoding.rawValue] + encoding.terminated(description) + encoding.bytes(of: value))
    }

    mutating func comment(_ text: String?, language: String) {
        // A zero would end the text, and the characters after it would be lost.
        guard let value = text?.filter({ !$0.unicodeScalars.contains("\0") }), !value.isEmpty else { return }
        let encoding = ID3Encoding(for: value)
        append("COMM", [encoding.rawValue] + language.utf8 + encoding.terminated("") + encoding.bytes(of: value))
    }

    /// Adds the header of a front cover; its bytes follow the tag's other bytes.
    mutating func picture(_ cover: Cover) {
        var content: [UInt8] = [ID3Encoding.latin1.rawValue]
        content += ID3Encoding.latin1.terminated(cover.format.mediaType)
        content.append(3)  // front cover
        content += ID3Encoding.latin1.terminated("")
        append("APIC", content, more: cover.bytes)
    }

    private mutating func append(_ id: String, _ content: [UInt8], more: Int = 0) {
        bytes += id.utf8
        // In 2.3 the sizes of frames are plain numbers. The tag's own limit refuses a size beyond 32 bits.
        bytes.appendBigEndian(UInt32(truncatingIfNeeded: content.count + more))
        bytes += [0, 0]
        bytes += content
    }

    /// §4.2: text frames hold no line breaks.
    private static func oneLine(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// The two text encodings of ID3v2.3.
private enum ID3Encoding: UInt8 {
    case latin1 = 0
    case utf16 = 1

    /// ISO 8859-1 if it has all the characters. Its control range 80–9F is excluded, because many players read it as
    /// Windows-1252.
    init(for text: String) {
        let isLatin = text.unicodeScalars.allSatisfy { $0.value < 0x80 || (0xA0...0xFF).contains($0.value) }
        self = isLatin ? .latin1 : .utf16
    }

    func bytes(of text: String) -> [UInt8] {
        switch self {
        case .latin1:
            return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        case .utf16:
            var bytes: [UInt8] = [0xFF, 0xFE]
            for unit in text.utf16 { bytes.appendLittleEndian(unit) }
            return bytes
        }
    }

    func terminated(_ text: String) -> [UInt8] {
        bytes(of: text) + (self == .latin1 ? [0] : [0, 0])
    }
}
