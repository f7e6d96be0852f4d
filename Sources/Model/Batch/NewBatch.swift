/// A batch to be made.
public struct NewBatch: Sendable, Hashable {
    /// The caller's name for the request, and a hash of all it asks for.
    public struct Request: Sendable, Hashable {
        /// 1 to 128 characters.
        public var id: String
        /// The digest of the request without its id.
        public var digest: Digest

        /// The request `id`.
        public init(id: String, digest: Digest) {
            self.id = id
            self.digest = digest
        }
    }

    /// The project to package.
    public var project: ProjectID
    /// The platforms; each gets a job unless it has one that is not done.
    public var platforms: [Platform]
    /// What to do besides.
    public var options: BatchOptions
    /// Makes asking twice the same as asking once; nil for a request without an id.
    public var request: Request?
    /// Platforms that were wanted and get no job. They are kept with the answer and given back with it.
    public var refused: [RefusedPlatform]
    /// Who asks; nil for the local operator.
    public var user: UserID?
    /// The recipe digest of each platform's package, where it is known: one that is there already is not made again.
    public var recipes: [Platform: Digest]

    /// A batch with these values.
    public init(
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
