internal import Foundation

/// Names for files inside a package that every system can unpack.
enum FileNames {
    /// The most bytes of UTF-8 that a title and its suffix may have in a name. With number and extension this is far
    /// below the limit of 255 on most systems.
    private static let maximumTitleBytes = 120

    /// Names such as `01 - One.mp3`, one for each title, that sort in reading order.
    ///
    /// All numbers have as many digits as the last one, and at least two, so no two names are the same.
    ///
    /// - Parameter titles: Titles in reading order, each with a suffix that is kept even if the title is cut, such as a
    ///   part's number.
    static func tracks(_ titles: [(title: String, suffix: String)], fileExtension: String) -> [String] {
        let width = max(2, String(titles.count).count)
        return titles.enumerated().map { index, title in
            let digits = String(index + 1)
            let number = String(repeating: "0", count: width - digits.count) + digits
            let name = safe(title.title, suffix: title.suffix)
            return name.isEmpty ? "\(number).\(fileExtension)" : "\(number) - \(name).\(fileExtension)"
        }
    }

    /// `title` in NFC without the characters that a system forbids in names, cut to length, followed by `suffix`.
    static func safe(_ title: String, suffix: String = "") -> String {
        let scalars = title.precomposedStringWithCanonicalMapping.unicodeScalars.map { scalar in
            isAllowed(scalar) ? scalar : " "
        }
        let words = String(String.UnicodeScalarView(scalars)).split(separator: " ").joined(separator: " ")
        var name = ""
        var bytes = suffix.utf8.count
        for character in words {
            bytes += character.utf8.count
            if bytes > maximumTitleBytes { break }
            name.append(character)
        }
        // Windows drops dots and spaces at the end of a name, which could make two names equal.
        while let last = name.last, last == "." || last == " " { name.removeLast() }
        return name + suffix
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
            // Joiners are format characters too, but Persian names and some emoji (families) need them.
            return scalar == "\u{200C}" || scalar == "\u{200D}"
        default:
            return !"/\\:*?\"<>|".unicodeScalars.contains(scalar)
        }
    }
}
