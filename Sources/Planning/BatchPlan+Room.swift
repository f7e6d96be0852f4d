package import Model

/// The most bytes that carrying out a plan takes on disks.
extension BatchPlan {
    /// The size of an encoding: exact for MP3, else estimated from above.
    func bytes(of place: EncodingPlace) -> Int64 {
        self[place].bytes ?? PackageSize.bytes(of: renders[place.render].timeline, audio: self[place].audio)
    }

    /// The bytes of scratch that packages of `platforms` take: all encodings, whether they are made or copied. Sources
    /// count where they have to be fetched, and then also the packages, which are fetched again to be validated.
    package func scratchBytes(for platforms: Set<Platform>, fetchesBlobs: Bool) -> Int64 {
        let encodings = encodings(for: platforms)
        var sum = encodings.reduce(0) { $0 + bytes(of: $1) }
        if fetchesBlobs && !encodings.isEmpty {
            sum += audio(of: Set(encodings.map(\.render))).reduce(0) { $0 + Int64($1.audio.bytes) }
            sum += Int64(cover?.bytes ?? 0) + packageBytes(for: platforms)
        }
        return sum
    }

    /// The bytes of packages of `platforms` in the blob store. Those of one recipe are stored once.
    package func packageBytes(for platforms: Set<Platform>) -> Int64 {
        var seen: Set<Digest> = []
        return packages.filter { platforms.contains($0.platform) }.reduce(0) { sum, package in
            if let recipe = package.recipe, !seen.insert(recipe).inserted { return sum }
            return sum + package.size
        }
    }
}
