/// A batch to be made.
package struct NewBatch: Sendable, Hashable {
    /// The caller's name for the request, and a hash of all it asks for.
    package struct Request: Sendable, Hashable {
        /// 1 to 128 characters.
        package var id: String
        /// The digest of the request without its id.
        package var digest: Digest

        /// The request `id`.
        package init(id: String, digest: Digest) {
            self.id = id
            self.digest = digest
        }
    }

    /// The project to package.
    package var project: ProjectID
    /// The platforms; each gets a job unless it already has one that is not done.
    package var platforms: [Platform]
    /// Additional work besides making the packages.
    package var options: BatchOptions
    /// The request's id and digest. A request that is repeated with both gets the answer of the first one and has no
    /// further effect. Nil for a request without an id.
    package var request: Request?
    /// Platforms that were asked for but get no job. They are stored with the answer and returned with it.
    package var refused: [RefusedPlatform]
    /// Who asks; nil where nobody is recorded.
    package var user: UserID?
    /// The recipe digest of each platform's package, where it is known. A package that already exists with that recipe
    /// is not made again.
    package var recipes: [Platform: Digest]

    /// A batch with these values.
    package init(
        project: ProjectID,
        platforms: [Platform],
        options: BatchOptions = BatchOptions(),
        request: Request? = nil,
        refused: [RefusedPlatform] = [],
        user: UserID? = nil,
        recipes: [Platform: Digest] = [:]
    ) {
        self.project = project
        self.platforms = platforms
        self.options = options
        self.request = request
        self.refused = refused
        self.user = user
        self.recipes = recipes
    }
}
