package import Model

extension BlobStore {
    /// The bytes of a blob, or of a part of it, as a sequence of pieces. Nothing is read before a piece is asked for.
    ///
    /// The sequence ends early if the blob has fewer bytes than `range`: a caller that knows the right number must
    /// count them. Its errors are ``BlobError``, and `CancellationError` when the task is cancelled.
    ///
    /// - Parameters:
    ///   - range: Which bytes; all of them if nil.
    ///   - piece: The most bytes that are in memory at once; what the store likes best if nil.
    package func pieces(
        of location: BlobLocation,
        in range: Range<Int64>? = nil,
        upTo piece: Int? = nil
    ) -> BlobPieces {
        BlobPieces(blobs: self, location: location, range: range ?? 0..<Int64.max, piece: piece ?? pieceSize)
    }
}

/// Bytes of a blob, read in pieces; see ``BlobStore/pieces(of:in:upTo:)``.
package struct BlobPieces: AsyncSequence, Sendable {
    /// Runs of bytes. None of them is empty.
    package typealias Element = [UInt8]
    /// ``BlobError`` or `CancellationError`.
    package typealias Failure = any Error

    let blobs: any BlobStore
    let location: BlobLocation
    let range: Range<Int64>
    let piece: Int

    /// The position in the blob.
    package struct AsyncIterator: AsyncIteratorProtocol {
        let pieces: BlobPieces
        var offset: Int64

        /// The next piece; nil at the end.
        package mutating func next() async throws -> [UInt8]? {
            try Task.checkCancellation()
            let length = Int(Swift.min(Int64(pieces.piece), pieces.range.upperBound - offset))
            guard length > 0 else { return nil }
            let bytes = try await pieces.blobs.read(pieces.location, from: offset, upTo: length)
            offset += Int64(bytes.count)
            return bytes.isEmpty ? nil : bytes
        }
    }

    /// Begins at the first byte.
    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pieces: self, offset: range.lowerBound)
    }
}
