package import Model

// Jobs decide with these functions what they make, and PlanPackages tells with them what jobs would make. So the two
// cannot differ.
extension BatchPlan {
    /// For each platform, the newest existing package that equals the planned one: a package of the same platform if there
    /// is one, else of another platform.
    ///
    /// - Parameter packages: The packages of the project that were made with recipes of this plan, newest first.
    package func equals(for platforms: Set<Platform>, among packages: [StoredPackage]) -> [Platform: StoredPackage] {
        var equals: [Platform: StoredPackage] = [:]
        for (platform, recipe) in recipes where platforms.contains(platform) {
            let equal = packages.filter { $0.recipe == recipe }
            equals[platform] = equal.first { $0.platform == platform } ?? equal.first
        }
        return equals
    }

    /// Those of `encodings` that can be copied and need not be made.
    ///
    /// - Parameter there: The digests of the encodings that packages of the project contain.
    package func copies(of encodings: [EncodingPlace], from there: Set<Digest>) -> [EncodingPlace] {
        encodings.filter { place in self[place].digest.map(there.contains) ?? false }
    }
}
