internal import Model

/// When each segment of a chapter is heard, in milliseconds of the chapter's audio.
///
/// Each clip is exactly the segment's samples, rounded to the millisecond: Kobo's readers accept no more than four
/// decimals of a second, and the ear does not notice a millisecond. Clips that are adjacent in the audio are adjacent
/// here too.
struct MediaOverlay: Sendable, Hashable {
    /// One clip for each segment, in order.
    let clips: [Range<Int>]

    init(_ segments: [EPUB3Package.Contents.Segment]) {
        clips = segments.map { segment in
            let begin = Self.milliseconds(segment.start)
            // A clip must end after it begins, even if a segment has almost no samples.
            return begin..<max(begin + 1, Self.milliseconds(segment.start + segment.samples))
        }
    }

    /// The sum of the lengths of all clips.
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
    ///   - text: The path of the chapter's text, relative to the overlay.
    ///   - audio: The path of the chapter's audio, relative to the overlay.
    func document(text: String, audio: String) -> XMLText {
        // A clip must be on one line; otherwise some readers do not find it.
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
