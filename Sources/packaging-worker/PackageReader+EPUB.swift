import Readers
import WorkerMessages

extension PackageReader {
    /// The members, audio and cover of an EPUB, and the facts in its overlays.
    func epub() throws -> WorkerMeasuredPackage {
        let file = try ByteSource(descriptor)
        let archive = try ZIPArchive(file)
        var book = try EPUBBook(file, archive)
        var package = try zip(file, archive)
        package.tags = book.tags
        if let picture = book.cover.flatMap(archive.member), picture.isStored {
            package.cover = try cover(picture.range)
        }
        // Audio is in playing order; files that are never played come last.
        let places = Dictionary(book.audio.enumerated().map { ($1, $0) }) { first, _ in first }
        package.tracks = package.tracks.enumerated().sorted { left, right in
            let (one, other) = (places[left.element.name] ?? Int.max, places[right.element.name] ?? Int.max)
            return (one, left.offset) < (other, right.offset)
        }.map(\.element)
        for track in package.tracks where track.damage.isEmpty {
            guard let end = book.heardUntil[track.name] else {
                book.add(fault: "\"\(track.name)\" is spoken by no overlay.")
                continue
            }
            // Clip times are stored in thousandths of a second.
            guard end > Double(track.samples) / 44_100 + 0.001 else { continue }
            book.add(fault: "The clips of \"\(track.name)\" go on behind its end.")
        }
        package.text = WorkerMeasuredText(
            clips: Int32(clamping: book.clips),
            documents: Int32(clamping: book.documents),
            faults: book.faults,
            moreFaults: Int32(clamping: book.moreFaults)
        )
        return package
    }
}
