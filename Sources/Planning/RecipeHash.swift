internal import Crypto
internal import Model

/// Hashes of everything that determines encoded audio and packages.
///
/// Every field is hashed with its length, so that two different recipes never give the same input. The first field
/// names the hashed thing and its version. The version changes whenever our own code makes different bytes from the
/// same fields.
struct RecipeHash {
    private var hash = SHA256()

    private init(_ kind: String) {
        add(kind)
    }

    /// The digest of one encoding of a render; nil while audio is missing.
    static func digest(of render: BatchPlan.Render, audio: AudioSpec, in plan: BatchPlan) -> Model.Digest? {
        var hash = RecipeHash("khipu render 2")
        guard hash.add(segmentsOf: render, in: plan) else { return nil }
        hash.add(plan.mastering.rawValue)
        hash.add(String(render.gainDecibels))
        hash.add(render.limitDecibels.map { String($0) } ?? "")
        hash.add(render.toneSeed)
        hash.add(audio.codec.rawValue)
        for value in [audio.bitRate, audio.sampleRate, audio.channels] { hash.add(UInt64(value)) }
        hash.add(plan.encoderBuild)
        return hash.digest
    }

    /// The digest of a package; nil while audio is missing.
    ///
    /// - Parameter fixedBytes: All bytes of the package that are neither cover nor audio.
    static func recipe(of package: PackagePlan, fixedBytes: [[UInt8]], in plan: BatchPlan) -> Model.Digest? {
        guard plan.isComplete else { return nil }
        var hash = RecipeHash("khipu \(package.format.rawValue) 1")
        for bytes in fixedBytes { hash.add(bytes) }
        hash.add(plan.cover?.digest.bytes ?? [])
        for place in package.renders {
            guard let encode = plan.renders[place].encodes.first(where: { $0.audio == package.audio }),
                let digest = encode.digest
            else { return nil }
            hash.add(digest.bytes)
        }
        return hash.digest
    }

    /// A seed for the room tone of a render. It has 48 bits, so that every reader of JSON keeps it exact.
    static func toneSeed(of render: BatchPlan.Render, in plan: BatchPlan) -> UInt64 {
        var hash = RecipeHash("khipu room tone 1")
        guard hash.add(segmentsOf: render, in: plan), let digest = hash.digest else { return 0 }
        return digest.bytes.prefix(6).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Adds the timeline and the audio of each segment; false if a segment has no audio.
    private mutating func add(segmentsOf render: BatchPlan.Render, in plan: BatchPlan) -> Bool {
        add(UInt64(render.timeline.head))
        add(UInt64(render.timeline.tail))
        for segment in plan.segments(of: render) {
            guard let audio = segment.audio else { return false }
            add(audio.digest.bytes)
            add(UInt64(segment.samples))
        }
        return true
    }

    private mutating func add(_ text: String) {
        add(Array(text.utf8))
    }

    private mutating func add(_ number: UInt64) {
        add((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) })
    }

    private mutating func add(_ bytes: [UInt8]) {
        let length = UInt64(bytes.count)
        hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) })
        hash.update(data: bytes)
    }

    private var digest: Model.Digest? { Model.Digest(bytes: hash.finalize()) }
}
