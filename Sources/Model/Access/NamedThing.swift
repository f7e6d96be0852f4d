/// What a request names, and so the project whose data it asks for.
package enum NamedThing: Sendable, Hashable {
    /// A book, by its id or slug.
    case project(String)
    /// A job.
    case job(String)
    /// A batch.
    case batch(String)
    /// A package.
    case package(String)

    /// The text that the request has.
    package var reference: String {
        switch self {
        case .project(let text), .job(let text), .batch(let text), .package(let text): text
        }
    }

    /// The error for a reference that names nothing, or nothing that the caller may know of.
    package var nothing: PackagingError {
        switch self {
        case .project(let text): .nothing(.project, text)
        case .job(let text): .nothing(.job, text)
        case .batch(let text): .nothing(.batch, text)
        case .package(let text): .nothing(.package, text)
        }
    }
}
