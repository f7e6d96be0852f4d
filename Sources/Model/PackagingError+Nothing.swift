extension PackagingError {
    /// The kinds of things that a request names.
    package enum Thing: Sendable, Hashable {
        /// A book, by its id or slug.
        case project
        /// A segment of the project with this id or slug.
        case segment(project: String)
        /// A job.
        case job
        /// A batch.
        case batch
        /// A package.
        case package
        /// A tenant, by its id or name.
        case tenant
    }

    /// The error for a reference that names nothing: the same for one that has not the form of an id, that names a thing of
    /// another kind, that never was, that is gone, and that another tenant has. So it reveals nothing.
    package static func nothing(_ thing: Thing, _ reference: String) -> Self {
        // Only so much of what a caller sent is repeated.
        let name = "\"\(reference.prefix(80))\""
        func error(_ words: String, _ reason: String, _ detail: String, _ list: String) -> Self {
            Self(
                .notFound,
                words,
                reason: reason,
                detail: detail,
                hint: "List what there is with \"packctl \(list)\"."
            )
        }
        switch thing {
        case .project:
            return error(
                "project \(name) does not exist",
                "PROJECT_NOT_FOUND",
                "It may have been deleted.",
                "projects"
            )
        case .segment(let project):
            return error(
                "segment \(name) does not exist in project \"\(project.prefix(80))\"",
                "SEGMENT_NOT_FOUND",
                "A later import of the book may have replaced it.",
                "manifest \(project.prefix(80))"
            )
        case .job, .batch:
            let isJob = thing == .job
            return error(
                "\(isJob ? "job" : "batch") \(name) does not exist",
                isJob ? "JOB_NOT_FOUND" : "BATCH_NOT_FOUND",
                "Ended jobs are removed after a time, unless the package that they made is there.",
                "jobs PROJECT"
            )
        case .package:
            return error(
                "package \(name) does not exist",
                "PACKAGE_NOT_FOUND",
                "It may have expired or been deleted.",
                "packages PROJECT"
            )
        case .tenant:
            return error(
                "tenant \(name) does not exist",
                "TENANT_NOT_FOUND",
                "A tenant is named by its name or its id.",
                "tenant list"
            )
        }
    }
}
