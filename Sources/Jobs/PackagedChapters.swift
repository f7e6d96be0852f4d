import Model
import Packagers
import Store

/// Notes the position of each chapter in a package while the package is written.
struct PackagedChapters: Sendable {
    private var tracks: [(facts: EncodedFile, encode: Digest?)] = []
    private var offsets: [Int: Int64] = [:]

    /// The next track exists, and may be written from now on.
    mutating func began(_ facts: EncodedFile, encode: Digest?) {
        tracks.append((facts, encode))
    }

    /// A run of the package's bytes is written now.
    mutating func wrote(_ piece: Piece) {
        guard case .file(.track(let track), offset: 0, let length) = piece.content, tracks.indices.contains(track),
            tracks[track].facts.bytes == length
        else { return }
        offsets[track] = piece.offset
    }

    /// The chapters that can be copied from the package. Each encoding is listed once, because chapters of the same
    /// segments have the same bytes.
    var all: [PackagedChapter] {
        var seen: Set<Digest> = []
        return tracks.enumerated().compactMap { index, track in
            // Packet sizes are kept in two bytes. AAC-LC has no larger packets: 768 bytes a channel (ISO/IEC 14496-3).
            guard let offset = offsets[index], let encode = track.encode, let sha256 = track.facts.digest,
                track.facts.bytes > 0, track.facts.packetSizes.allSatisfy({ $0 <= UInt16.max }),
                seen.insert(encode).inserted
            else { return nil }
            return PackagedChapter(
                encode: encode,
                offset: offset,
                bytes: track.facts.bytes,
                sha256: sha256,
                packetSizes: track.facts.packetSizes
            )
        }
    }
}
