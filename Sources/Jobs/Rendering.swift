import Assets
import Model
import Packagers
import Planning
import Workers

/// One render of a batch that has to be made: a chapter or a part of one, encoded in the ways that its packages need.
struct Rendering: Sendable {
    /// One of its encodings, and the scratch file that it goes to.
    struct Output: Sendable {
        var encode: BatchPlan.Encode
        var path: String
    }

    /// Its place in the plan.
    let index: Int
    /// The places of its encodings.
    let places: [EncodingPlace]
    let plan: BatchPlan
    let outputs: [Output]
    /// The paths of the fetched segments, by digest.
    private let paths: [Digest: String]

    /// - Parameter places: The wanted encodings of one render.
    init(index: Int, places: [EncodingPlace], plan: BatchPlan, paths: [Digest: String], scratch: ScratchFolder) {
        self.index = index
        self.places = places
        self.plan = plan
        self.paths = paths
        outputs = places.map { place in
            Output(encode: plan[place], path: scratch.file("render-\(place.render)-\(place.encode)"))
        }
    }

    /// The name that people are shown.
    var name: String {
        let render = plan.renders[index]
        return "chapter \(plan.chapters[render.chapter].number) \"\(plan.title(of: render))\""
    }

    /// One file of the render, and the number of the first segment of the render that has it, counting from 1.
    struct Audio: Sendable {
        var path: String
        var segment: Int
    }

    /// The files of the render, each once, in the order of their segments.
    var audio: [Audio] {
        var seen: Set<Digest> = []
        return plan.segments(of: plan.renders[index]).enumerated().compactMap { place, segment in
            guard let digest = segment.audio?.digest, let path = paths[digest], seen.insert(digest).inserted else {
                return nil
            }
            return Audio(path: path, segment: place + 1)
        }
    }

    /// The request to a worker, without outputs and mastering.
    func request() throws -> RenderRequest {
        let render = plan.renders[index]
        return RenderRequest(
            headSamples: render.timeline.head,
            tailSamples: render.timeline.tail,
            measuresLevels: plan.mastering == .fit,
            toneSeed: render.toneSeed,
            segments: try plan.segments(of: render).map { segment in
                guard let audio = segment.audio, let path = paths[audio.digest] else {
                    throw PackagingError(.internal, "a segment of the plan was not fetched")
                }
                return RenderRequest.Segment(file: .reading(path), samples: segment.samples)
            },
            outputs: []
        )
    }
}
