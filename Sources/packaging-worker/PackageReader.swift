import Descriptors
import Media
import Readers
import WorkerMessages

/// Reads one package and decodes its audio. The result is facts, which the daemon judges.
///
/// Throws `ReaderError` if the package cannot be read at all, and `MediaError` only for faults of ours.
struct PackageReader {
    /// The longest accepted audio file in seconds: no book is longer than a week.
    private static let longest = 7 * 24 * 3600
    /// The number of checksummed mebibytes after which progress is reported.
    private static let megabytesPerBeat = 64

    let descriptor: Descriptor
    /// Called from time to time while the work continues, with the samples of the present track so far and whether it
    /// is complete.
    let progress: (_ samples: Int, _ isTrackDone: Bool) -> Void

    // MARK: ZIP

    /// The members of an archive, its audio files in the directory's order, its cover and the tags of the first track.
    func zip() throws -> WorkerMeasuredPackage {
        let file = try ByteSource(descriptor)
        return try zip(file, try ZIPArchive(file))
    }

    func zip(_ file: ByteSource, _ archive: ZIPArchive) throws -> WorkerMeasuredPackage {
        var package = WorkerMeasuredPackage(sizeBytes: Int64(file.size))
        for member in archive.members where !member.name.hasSuffix("/") {
            var measured = WorkerMeasuredMember(
                name: member.name,
                sizeBytes: Int64(member.range.count),
                stored: member.isStored
            )
            measured.intact = try member.isStored && isIntact(member, in: file)
            package.members.append(measured)
            guard member.isStored, let kind = member.audioKind else { continue }
            package.tracks.append(
                kind == "mp3" ? try mp3(member, in: file, &package) : try track(named: member.name, kind, member.range)
            )
        }
        let pictures = archive.members.filter { $0.isStored && $0.isPicture }
        if let picture = pictures.first(where: { $0.name.lowercased().contains("cover") }) ?? pictures.first {
            package.cover = try cover(picture.range)
        }
        return package
    }

    private func isIntact(_ member: ZIPArchive.Member, in file: ByteSource) throws(ReaderError) -> Bool {
        var megabytes = 0
        return try member.isIntact(in: file) {
            megabytes += 1
            if megabytes.isMultiple(of: Self.megabytesPerBeat) { progress(0, false) }
        }
    }

    private func mp3(
        _ member: ZIPArchive.Member,
        in file: ByteSource,
        _ package: inout WorkerMeasuredPackage
    ) throws -> WorkerMeasuredTrack {
        let tag: ID3Reader
        do throws(ReaderError) {
            tag = try ID3Reader(file, in: member.range)
        } catch {
            return WorkerMeasuredTrack(name: member.name, damage: error.reason, codec: "mp3")
        }
        let sound = tag.end..<member.range.upperBound
        let frames = try MP3Frames(file, in: sound)
        var track = try track(named: member.name, "mp3", member.range)
        // MPEG's frames decide whether the file is what its name says. If there are none, the reason is the decoder's
        // error.
        track.lowestBitRate = frames.frames == 0 ? 0 : Int32(frames.lowestBitRate)
        track.highestBitRate = Int32(frames.highestBitRate)
        track.sampleRate = Int32(frames.sampleRate)
        track.channels = Int32(frames.channels)
        track.sizeBytes = Int64(sound.count)
        track.hasCover = tag.picture != nil
        track.title = tag.texts["TIT2"] ?? ""
        if package.tracks.isEmpty {
            for (name, id) in [("title", "TALB"), ("author", "TPE1"), ("narrator", "TCOM"), ("isbn", "ISBN")] {
                package.tags[name] = tag.texts[id]
            }
        }
        return track
    }

    // MARK: M4B

    /// The only audio track of an M4B with its chapters, its cover and its tags.
    func m4b() throws -> WorkerMeasuredPackage {
        let file = try ByteSource(descriptor)
        let index = try MP4Index(file)
        var package = WorkerMeasuredPackage(sizeBytes: Int64(file.size))
        package.index = WorkerMeasuredIndex(
            brand: index.brand,
            indexIsFirst: index.indexIsFirst,
            audioTracks: Int32(clamping: index.audioTracks),
            quicktimeChapters: Int32(clamping: index.chapters.count),
            neroChapters: Int32(clamping: index.neroChapters)
        )
        if let picture = index.picture { package.cover = try cover(picture) }
        let narrator = index.tags["©nrt"] ?? index.tags["©wrt"]
        let texts = [("title", index.tags["©nam"]), ("author", index.tags["©ART"]), ("isbn", index.tags["ISBN"])]
        for (name, text) in texts + [("narrator", narrator)] { package.tags[name] = text }
        guard let audio = index.audio else { return package }
        let marks = index.chapters.map { chapter in
            Int((min(max(0, chapter.start), Double(Self.longest)) * 44_100).rounded())
        }
        var track = try track(named: "", audio.codec, nil, marks: marks, titles: index.chapters.map(\.title))
        let rate = audio.duration > 0 ? Double(audio.bytes) * 8 * Double(audio.timescale) / Double(audio.duration) : 0
        track.lowestBitRate = Int32(min(rate, 1e9).rounded())
        track.highestBitRate = track.lowestBitRate
        track.sizeBytes = Int64(audio.bytes)
        track.hasCover = index.picture != nil
        package.tracks = [track]
        return package
    }

    // MARK: Both

    /// Decodes an audio file. Faults of the file are part of the result.
    private func track(
        named name: String,
        _ codec: String,
        _ range: Range<Int>?,
        marks: [Int] = [],
        titles: [String] = []
    ) throws(MediaError) -> WorkerMeasuredTrack {
        progress(0, false)
        var track = WorkerMeasuredTrack(name: name, codec: codec)
        do throws(MediaError) {
            let measured = try measureTrack(
                descriptor: descriptor,
                range: range,
                longest: Self.longest,
                marks: marks,
                progress: { progress($0, false) }
            )
            progress(measured.samples, true)
            track.sampleRate = Int32(measured.sampleRate)
            track.channels = Int32(measured.channels)
            track.samples = Int64(measured.samples)
            track.sections = measured.sections.enumerated().map { index, section in
                WorkerMeasuredSection(
                    title: index < titles.count ? titles[index] : "",
                    samples: Int64(section.samples),
                    peak: section.peak,
                    energy: section.energy,
                    quietestMeanSquare: section.quietestMeanSquare,
                    quietAtStart: Int64(section.quietAtStart),
                    quietAtEnd: Int64(section.quietAtEnd)
                )
            }
        } catch {
            guard error.blamesInput else { throw error }
            track.damage = error.reason
        }
        return track
    }

    func cover(_ range: Range<Int>) throws(MediaError) -> WorkerMeasuredCover {
        do throws(MediaError) {
            let image = try ImageHeader.read(descriptor: descriptor, range: range)
            return WorkerMeasuredCover(
                format: image.format.rawValue,
                width: Int32(image.width),
                height: Int32(image.height)
            )
        } catch {
            guard error.blamesInput else { throw error }
            return WorkerMeasuredCover(damage: error.reason)
        }
    }
}

extension ZIPArchive.Member {
    /// The kind of audio that the file name states; nil for other files.
    var audioKind: String? {
        let kinds = ["mp3", "m4a", "aac", "wav", "flac", "ogg", "opus"]
        return kinds.first { name.lowercased().hasSuffix(".\($0)") }
    }

    var isPicture: Bool {
        [".jpg", ".jpeg", ".png"].contains { name.lowercased().hasSuffix($0) }
    }
}
