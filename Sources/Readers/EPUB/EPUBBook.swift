import XML

/// An EPUB 3 with media overlays: its metadata, its clips, and its contradictions.
///
/// The checks are limited to faults that our own packages could have, by a bug or by damage on the way. EPUBCheck has
/// many more.
package struct EPUBBook {
    /// Texts by name: `title`, `author`, `narrator`, `isbn`.
    package private(set) var tags: [String: String] = [:]
    /// The name of the cover image's member; nil without one.
    package private(set) var cover: String?
    /// Names of the audio members in playing order.
    package private(set) var audio: [String] = []
    /// Where the last clip of each audio member ends, in seconds.
    package private(set) var heardUntil: [String: Double] = [:]
    /// Clips of text and audio.
    package private(set) var clips = 0
    /// Documents that have a media overlay.
    package private(set) var documents = 0
    /// The first contradictions that were found, in sentences.
    package private(set) var faults: [String] = []
    /// The number of further contradictions.
    package private(set) var moreFaults = 0

    private static let mostFaults = 20
    private static let largestDocument = 16 << 20

    private let file: ByteSource
    private let members: [String: ZIPArchive.Member]

    /// Reads the book in `archive`.
    ///
    /// - Throws: ``ReaderError`` if it is not an EPUB, or its package document cannot be read.
    package init(_ file: ByteSource, _ archive: ZIPArchive) throws(ReaderError) {
        self.file = file
        members = Dictionary(archive.members.map { ($0.name, $0) }) { first, _ in first }
        try checkMimetype(archive)
        let path = try packagePath()
        let package = try OPFDocument(try document(path), at: path)
        tags = package.tags
        check(package)
        var total = 0.0
        for item in package.spine {
            guard let overlay = item.overlay.flatMap({ package.items[$0] }) else { continue }
            documents += 1
            total += readOverlay(overlay, of: item, package)
        }
        checkDuration(package.duration, total, "The book")
        cover = package.items.values.first { $0.properties.contains("cover-image") }?.path
    }

    /// Adds a fault that was found by another check.
    package mutating func add(fault: String) {
        if faults.count < Self.mostFaults { faults.append(fault) } else { moreFaults += 1 }
    }

    // MARK: The package

    /// OCF 3.3 §4.3: `mimetype` must be the first member, stored, without extra field, with exactly these bytes.
    private mutating func checkMimetype(_ archive: ZIPArchive) throws(ReaderError) {
        let first = archive.members.min { $0.range.lowerBound < $1.range.lowerBound }
        guard let first, first.name == "mimetype", first.isStored, first.extraBytes == 0,
            try file.bytes(first.range.lowerBound, min(64, first.range.count)) == Array("application/epub+zip".utf8)
        else {
            add(fault: "The first member is not the plain \"mimetype\" that tells an EPUB.")
            return
        }
    }

    private func packagePath() throws(ReaderError) -> String {
        var scanner = try DocumentScanner(try document("META-INF/container.xml"))
        while let event = try scanner.next() {
            if case .start("rootfile", let attributes) = event, let path = attributes["full-path"] { return path }
        }
        throw ReaderError("its container names no package document")
    }

    private mutating func check(_ package: OPFDocument) {
        for item in package.items.values.sorted(by: { $0.path < $1.path }) where members[item.path] == nil {
            add(fault: "The package lists \"\(shown(item.path))\", which is not there.")
        }
        if !package.items.values.contains(where: { $0.properties.contains("nav") }) {
            add(fault: "The package has no navigation document.")
        }
        if package.spine.isEmpty { add(fault: "The package has no reading order.") }
        for reference in package.danglingReferences.prefix(Self.mostFaults) {
            add(fault: "The reading order names \"\(shown(reference))\", which the package does not list.")
        }
    }

    private mutating func checkDuration(_ said: Double?, _ sum: Double, _ what: String) {
        // EPUB 3.3 §9.3.5.1: the values may differ by one second.
        guard let said, abs(said - sum) > 1 else { return }
        add(fault: "\(what) says that it lasts \(Self.text(said)) s, and its clips last \(Self.text(sum)) s.")
    }

    // MARK: Overlays

    /// Reads one overlay and returns the total length of its clips.
    private mutating func readOverlay(
        _ overlay: OPFDocument.Item,
        of item: OPFDocument.Item,
        _ package: OPFDocument
    ) -> Double {
        let name = shown(overlay.path)
        var ids: Set<String> = []
        var pairs: [SMILPair] = []
        do throws(ReaderError) {
            ids = try Self.ids(in: try document(item.path))
            pairs = try SMILPair.all(in: try document(overlay.path), at: overlay.path)
        } catch {
            add(fault: "\"\(name)\" or the text that it speaks cannot be read: \(error.reason).")
            return 0
        }
        var total = 0.0
        var last: [String: Double] = [:]
        for pair in pairs {
            clips += 1
            let clip = "In \"\(name)\" the clip of \"\(shown(pair.fragment))\""
            if pair.text != item.path { add(fault: "\(clip) belongs to another document, \"\(shown(pair.text))\".") }
            if !ids.contains(pair.fragment) { add(fault: "\(clip) speaks a text that is not there.") }
            guard let begin = pair.begin, let end = pair.end else {
                add(fault: "\(clip) does not say where it begins and ends.")
                continue
            }
            guard members[pair.audio] != nil else {
                add(fault: "\(clip) is spoken in \"\(shown(pair.audio))\", which is not there.")
                continue
            }
            if end <= begin { add(fault: "\(clip) ends before it begins.") }
            // Both times are rounded to thousandths, so a small overlap is allowed.
            if begin < (last[pair.audio] ?? 0) - 0.0015 { add(fault: "\(clip) begins before the one before it ends.") }
            last[pair.audio] = end
            total += max(0, end - begin)
            if heardUntil[pair.audio] == nil { audio.append(pair.audio) }
            heardUntil[pair.audio] = max(heardUntil[pair.audio] ?? 0, end)
        }
        checkDuration(overlay.duration, total, "\"\(name)\"")
        return total
    }

    /// The `id`s of a document.
    private static func ids(in bytes: [UInt8]) throws(ReaderError) -> Set<String> {
        var scanner = try DocumentScanner(bytes)
        var ids: Set<String> = []
        while let event = try scanner.next() {
            if case .start(_, let attributes) = event, let id = attributes["id"] { ids.insert(id) }
        }
        return ids
    }

    // MARK: Members

    /// The bytes of a member, at most 16 MiB.
    private func document(_ path: String) throws(ReaderError) -> [UInt8] {
        guard let member = members[path] else { throw ReaderError("it lacks \"\(shown(path))\"") }
        guard member.isStored else { throw ReaderError("its member \"\(shown(path))\" is compressed, and not read") }
        guard member.range.count <= Self.largestDocument else {
            throw ReaderError("its member \"\(shown(path))\" is larger than any document needs")
        }
        var bytes: [UInt8] = []
        while bytes.count < member.range.count {
            let count = min(ByteSource.longestRead, member.range.count - bytes.count)
            guard let piece = try file.bytes(member.range.lowerBound + bytes.count, count) else {
                throw ReaderError("it ends inside \"\(shown(path))\"")
            }
            bytes += piece
        }
        return bytes
    }

    private static func text(_ seconds: Double) -> String { "\((min(seconds, 1e9) * 1000).rounded() / 1000)" }
}
