package import Model

/// One encoding of one render, by its indices in a plan.
package struct EncodingPlace: Sendable, Hashable {
    /// The index in ``BatchPlan/renders``.
    package var render: Int
    /// The index in the render's ``BatchPlan/Render/encodes``.
    package var encode: Int

    /// The encoding at `encode` of the render at `render`.
    package init(render: Int, encode: Int) {
        self.render = render
        self.encode = encode
    }
}

extension BatchPlan {
    /// The encodings that packages of `platforms` need and that are not among `done`: each once, in reading order.
    package func encodings(for platforms: Set<Platform>, except done: Set<EncodingPlace> = []) -> [EncodingPlace] {
        renders.indices.flatMap { render in
            let wanted = packages.filter { platforms.contains($0.platform) && $0.renders.contains(render) }
            return renders[render].encodes.indices.compactMap { encode in
                let place = EncodingPlace(render: render, encode: encode)
                let audio = renders[render].encodes[encode].audio
                return wanted.contains { $0.audio == audio } && !done.contains(place) ? place : nil
            }
        }
    }

    /// The encoding at `place`.
    package subscript(place: EncodingPlace) -> Encode { renders[place.render].encodes[place.encode] }

    /// The number in the book of the chapter that an encoding belongs to.
    package func chapterNumber(of place: EncodingPlace) -> Int { chapters[renders[place.render].chapter].number }

    /// The audio that renders are made from, each once, with the numbers of its chapter and segment, both from 1.
    package func audio(of renders: some Collection<Int>) -> [(audio: Audio, chapter: Int, segment: Int)] {
        var seen: Set<Digest> = []
        var list: [(audio: Audio, chapter: Int, segment: Int)] = []
        for render in renders.map({ self.renders[$0] }) {
            for (index, segment) in zip(render.segments, segments(of: render)) {
                guard let audio = segment.audio, seen.insert(audio.digest).inserted else { continue }
                list.append((audio, chapters[render.chapter].number, index + 1))
            }
        }
        return list
    }
}
