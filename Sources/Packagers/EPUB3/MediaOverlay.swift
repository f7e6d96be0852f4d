internal import Model

/// When each segment of a chapter is heard, in milliseconds of the chapter's audio.
///
/// Each clip is the segment's own samples, rounded to the millisecond: Kobo's readers take no more than four decimals
/// of a second, and a millisecond is what the ear does not tell. Clips that meet in the audio meet here.
struct MediaOverlay: Sendable, Hashable {
    /// One clip for each segment, in order.
    let clips: [Range<Int>]

    init(_ segments: [EPUB3Package.Contents.Segment]) {
        clips = segments.map { segment in
            let begin = Self.milliseconds(segment.start)
            // A clip must end after it begins, even where a segment has hardly a sample.
            return begin..<max(begin + 1, Self.milliseconds(segment.start + segment.samples))
        }
    }

    /// The length of all clips.
    var milliseconds: Int { clips.reduce(0) { $0 + $1.count } }

    private static func milliseconds(_ samples: Int) -> Int {
        (samples * 1000 + Timeline.sampleRate / 2) / Timeline.sampleRate
    }

    /// Milliseconds as seconds with three decimals, such as `12.345s`: a clock value of SMIL 3.
    static func seconds(_ milliseconds: Int) -> String {
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction + "s"
    }

    /// The overlay document.
    ///
    /// - Parameters:
    ///   - text: The chapter's text, as seen from the overlay.
    ///   - audio: The chapter's audio, as seen from the overlay.
    func document(text: String, audio: String) -> XMLText {
        // A clip stands on one line: some readers do not find it otherwise.
        let pars = clips.enumerated().map { index, clip -> XMLText in
            let target = "\(text)#\(ChapterPage.segmentID(index))"
            let (begin, end) = (Self.seconds(clip.lowerBound), Self.seconds(clip.upperBound))
            return """
                <par id="p\(index + 1)"><text src="\(target)"/>\
                <audio src="\(audio)" clipBegin="\(begin)" clipEnd="\(end)"/></par>
                """
        }
        return """
            <smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops" version="3.0">
            <body>
            <seq id="chapter" epub:textref="\(text)">
            \(XMLText.lines(pars))
            </seq>
            </body>
            </smil>
            """
    }
}
