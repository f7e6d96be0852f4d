internal import Foundation

/// A file on the command line, as it was before the first call.
struct ArgumentFile {
    /// The path as the user wrote it.
    let path: String
    /// Its size.
    let bytes: Int

    /// Checks the file; messages call it `noun`, such as "audio".
    ///
    /// - Throws: ``Complaint`` if there is none, or if it is not a file, empty, or larger than `limit` bytes.
    init(_ path: String, as noun: String, limit: Int) throws(Complaint) {
        let resolved = BookPaths.resolved(path)
        guard let attributes = BookPaths.Attributes(path: resolved) else {
            throw Complaint(.notFound, "\(noun) file \"\(path)\" does not exist")
        }
        guard attributes.type == .typeRegular else { throw Complaint(.usage, "\"\(path)\" is not a file") }
        guard attributes.bytes > 0 else { throw Complaint(.usage, "\(noun) file \"\(path)\" is empty") }
        guard attributes.bytes <= limit else {
            throw Complaint(
                .usage,
                "\(noun) file \"\(path)\" is larger than \(Quantities.size(limit))",
                detail: "It has \(Quantities.size(attributes.bytes))."
            )
        }
        self.path = path
        bytes = attributes.bytes
    }

    /// SHA-256 of the file in hexadecimal.
    func digest() throws(Complaint) -> String {
        do {
            return try FileDigest.sha256(ofFileAt: path)
        } catch {
            throw Complaint(.failed, "could not read \"\(path)\"", detail: "\(error)")
        }
    }
}
