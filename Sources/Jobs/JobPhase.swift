import Model

/// What the work for a job is doing. This is the one place that says which status belongs to it, and in which words people
/// are told.
enum JobPhase: Sendable, Hashable {
    /// The book is read, and it is decided what will be made.
    case planning
    /// The work waits for room on a disk, and goes on by itself.
    case waiting(String)
    /// A segment without audio is spoken.
    case speaking(segment: Int, of: Int)
    /// A chapter is copied from an earlier package; both numbers count the chapters of the book.
    case copying(chapter: Int, of: Int)
    /// The audio of a segment is fetched.
    case fetching(segment: Int, of: Int)
    /// A chapter is encoded; both numbers count the chapters of the book.
    case encoding(chapter: Int, of: Int, codec: String)
    /// All chapters are there, and the rest of the package is put together for its validation.
    case packaging
    /// The package is decoded and judged.
    case validating
    /// The last bytes of the package are written, or it is recorded after its validation.
    case storing

    /// The status of a job in this phase.
    var status: JobStatus {
        switch self {
        case .planning, .waiting, .copying, .fetching: .downloadingAudio
        case .speaking: .generatingAudio
        case .encoding, .packaging, .validating: .processing
        case .storing: .uploading
        }
    }

    /// The phase as the step of a job, such as `encoding chapter 5 of 12 to MP3`.
    var words: String {
        switch self {
        case .planning: "planning the package"
        case .waiting(let reason): "waiting: \(reason)"
        case .speaking(let segment, let count): "speaking segment \(segment) of \(count)"
        case .copying(let chapter, let count): "copying chapter \(chapter) of \(count)"
        case .fetching(let segment, let count): "fetching segment \(segment) of \(count)"
        case .encoding(let chapter, let count, let codec): "encoding chapter \(chapter) of \(count) to \(codec)"
        case .packaging: "putting the package together"
        case .validating: "validating the package"
        case .storing: "storing the package"
        }
    }
}
