internal import enum Model.Suggestion

/// The name of a platform in an argument.
enum PlatformName {
    /// - Throws: ``Complaint`` if `name` is not a platform.
    static func check(_ name: String) throws(Complaint) {
        guard !BookReader.platforms.contains(name) else { return }
        throw Complaint(
            .usage,
            "platform \"\(name)\" is not known",
            hint: Suggestion.nearest(to: name, in: BookReader.platforms).map { "Did you mean \"\($0)\"?" }
                ?? "Known are \(Suggestion.list(BookReader.platforms, conjunction: "and"))."
        )
    }
}
