import XML

/// One `par` of a media overlay: a text and its audio clip.
struct SMILPair {
    /// The text's member.
    var text = ""
    /// The id of the text's element.
    var fragment = ""
    /// The audio's member.
    var audio = ""
    /// Seconds; nil if it is missing or not a clock value.
    var begin: Double?
    var end: Double?

    private static let most = 200_000

    /// The pairs of an overlay in order.
    static func all(in bytes: [UInt8], at path: String) throws(ReaderError) -> [SMILPair] {
        var scanner = try DocumentScanner(bytes)
        var pairs: [SMILPair] = []
        while let event = try scanner.next() {
            guard case .start(let name, let attributes) = event else { continue }
            switch name {
            case "par":
                guard pairs.count < most else { throw ReaderError("has more clips than are read") }
                pairs.append(SMILPair())
            case "text" where !pairs.isEmpty:
                let target = ArchivePath.resolve(attributes["src"] ?? "", from: path)
                pairs[pairs.count - 1].text = target.file
                pairs[pairs.count - 1].fragment = target.fragment
            case "audio" where !pairs.isEmpty:
                pairs[pairs.count - 1].audio = ArchivePath.resolve(attributes["src"] ?? "", from: path).file
                pairs[pairs.count - 1].begin = attributes["clipBegin"].flatMap(SMILClock.seconds)
                pairs[pairs.count - 1].end = attributes["clipEnd"].flatMap(SMILClock.seconds)
            default: break
            }
        }
        return pairs
    }
}

/// Clock values of SMIL 3 (§5.4.3): `1:02:03.5`, `02:03.5`, `12.5s`, `750ms`, `1.5h`, `2min` and plain seconds.
enum SMILClock {
    static func seconds(_ text: String) -> Double? {
        let text = text.split(whereSeparator: \.isWhitespace).joined()
        for (unit, factor) in [("ms", 0.001), ("min", 60.0), ("h", 3600.0), ("s", 1.0)] where text.hasSuffix(unit) {
            return number(text.dropLast(unit.count)).map { $0 * factor }
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count) else { return nil }
        var seconds = 0.0
        for part in parts {
            guard let value = number(part) else { return nil }
            seconds = seconds * 60 + value
        }
        return seconds
    }

    /// Digits with at most one point. Other forms that `Double` accepts are not clock values.
    private static func number(_ text: Substring) -> Double? {
        guard !text.isEmpty, text.utf8.count < 20, text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) else {
            return nil
        }
        return Double(text)
    }
}
