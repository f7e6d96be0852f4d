package import Blobs
package import Files
package import Model

/// A file that was written to scratch completely, with its size and its checksums.
package struct ScratchFile: Sendable {
    /// The path in scratch.
    package let path: String
    /// The file, open for reading.
    package let file: OpenFile
    /// Its size and its checksums.
    package let facts: FileFacts

    /// The file as content to be stored at `location`.
    package func content(at location: BlobLocation) -> ContentFile {
        ContentFile(path: path, bytes: facts.bytes, location: location)
    }
}

extension ScratchFolder {
    /// Writes `pieces` to a new file, and counts and hashes them meanwhile. All bytes of callers and of the blob store
    /// come into scratch through this loop. Workers and speech providers write their files themselves.
    ///
    /// - Parameters:
    ///   - name: A name that no other file of this folder has.
    ///   - comes: Called before each piece is written, with the number of bytes including that piece. If it throws,
    ///     writing ends with that error.
    /// - Throws: What `pieces` or `comes` throw; ``PackagingError`` with code `resourceExhausted` when the disk is
    ///   full.
    package func write(
        _ pieces: some AsyncSequence<[UInt8], any Error>,
        as name: String,
        comes: (_ bytes: Int64) throws -> Void = { _ in }
    ) async throws -> ScratchFile {
        let path = file(name)
        let file = try await perform { () throws(FileError) in try OpenFile(path, .creatingForReadingAndWriting) }
        var finder = FileFactsFinder()
        for try await piece in pieces {
            try comes(finder.bytes + Int64(piece.count))
            try await perform { () throws(FileError) in try file.write(piece) }
            finder.update(piece)
        }
        return ScratchFile(path: path, file: file, facts: finder.facts)
    }

    /// Copies a blob, or a part of one, to a new file. The caller compares ``ScratchFile/facts`` with what it expects;
    /// this method does not.
    ///
    /// - Parameters:
    ///   - range: Which bytes; all of them if nil.
    ///   - name: A name that no other file of this folder has.
    /// - Throws: ``BlobError`` if the blob cannot be read; ``PackagingError`` if the file cannot be written.
    package func fetch(
        _ location: BlobLocation,
        in range: Range<Int64>? = nil,
        from blobs: any BlobStore,
        as name: String,
        comes: (_ bytes: Int64) throws -> Void = { _ in }
    ) async throws -> ScratchFile {
        try await write(blobs.pieces(of: location, in: range), as: name, comes: comes)
    }
}
