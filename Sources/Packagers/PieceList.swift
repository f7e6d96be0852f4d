/// Consecutive pieces, from an offset on.
struct PieceList {
    private(set) var pieces: [Piece] = []
    private var offset: Int64

    init(offset: Int64) {
        self.offset = offset
    }

    mutating func append(_ bytes: [UInt8]) {
        append(.bytes(bytes))
    }

    /// Appends all `length` bytes of a file.
    mutating func append(_ source: Piece.Source, length: Int64) {
        append(.file(source, offset: 0, length: length))
    }

    private mutating func append(_ content: Piece.Content) {
        let piece = Piece(offset: offset, content: content)
        offset += piece.length
        pieces.append(piece)
    }
}
