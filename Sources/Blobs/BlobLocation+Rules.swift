package import Model

extension BlobLocation {
    /// The location itself, if it keeps the rules that every blob store can keep: those of Azure, at most 255 bytes for each
    /// part of the path, as in file systems of Linux, no backslash, and no path that leads out of the container.
    ///
    /// - Throws: ``BlobError`` with kind `invalidLocation`.
    /// Source of Azure's: "Naming and referencing containers, blobs, and metadata".
    package func checked() throws(BlobError) -> BlobLocation {
        let name = container.utf8
        guard
            (3...63).contains(name.count), name.first != dash, name.last != dash, !container.contains("--"),
            name.allSatisfy({ byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == dash
            })
        else {
            throw BlobError(.invalidLocation, "\"\(container)\" is not a container name")
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...1024).contains(path.unicodeScalars.count), parts.count <= 254 else {
            throw BlobError(.invalidLocation, "a blob path has 1 to 1,024 characters and at most 254 parts")
        }
        let isProper = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255 && !part.hasSuffix(".")
                && part.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\\") && $0 != 0x7F }
        }
        guard isProper else {
            throw BlobError(.invalidLocation, "\"\(path)\" is not a blob path")
        }
        return self
    }

    private var dash: UInt8 { UInt8(ascii: "-") }
}
