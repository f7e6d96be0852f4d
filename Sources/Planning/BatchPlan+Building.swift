package import Model
internal import Packagers
internal import Platforms

extension BatchPlan {
    /// Plans packages of `book` for `platforms`.
    ///
    /// - Parameters:
    ///   - book: The book in its present state.
    ///   - platforms: The platforms, in any order.
    ///   - encoderBuild: The identification of the encoders that a worker reported. It is part of every digest.
    /// - Throws: ``PackagingError`` with code `invalidArgument` if the book's texts or cover do not fit into a package.
    package init(
        of book: BookSnapshot,
        for platforms: some Sequence<Platform>,
        encoderBuild: String
    ) throws(PackagingError) {
        let packs = Set(platforms).sorted().map(RulePack.pack)
        let carriesText = packs.contains { $0.text.value }
        var metadata = book.metadata
        // Platforms require the disclosure, even if the book's author did not set it.
        metadata.digitalVoice = book.isNarratedSynthetically
        self.init(
            project: book.id,
            revision: book.revision,
            book: metadata,
            cover: book.cover,
            mastering: book.settings.mastering,
            encoderBuild: encoderBuild,
            chapters: book.chapters.enumerated().map { index, chapter in
                Chapter(chapter, number: index + 1, carriesText: carriesText)
            },
            renders: [],
            packages: []
        )
        let roomTone = RoomTone(book.settings)
        for pack in packs {
            do {
                try addPackage(pack, book: book, roomTone: roomTone)
            } catch {
                throw PackagingError(
                    .invalidArgument,
                    "cannot package project \"\(book.slug)\" for \(pack.name): \(error)",
                    cause: error
                )
            }
        }
    }

    private mutating func addPackage(
        _ pack: RulePack,
        book: BookSnapshot,
        roomTone: RoomTone
    ) throws(PackagerError) {
        let requested = pack.audioSpec(for: book.settings)
        let audio = PackageSize.fitting(requested, pack: pack, plan: self, chapters: wholeChapters(roomTone))
        let limit = FileLimit(pack, audio: audio, cover: cover)
        var places: [Int] = []
        var oversize: [String] = []
        for (index, chapter) in chapters.enumerated() where !chapter.segments.isEmpty {
            let lengths = chapter.segments.map(\.samples)
            let ranges = ChapterSplit.ranges(of: lengths, roomTone: roomTone, limit: limit)
            for (part, range) in ranges.enumerated() {
                let timeline = ChapterTimeline(segments: Array(lengths[range]), roomTone: roomTone)
                if !limit.admits(timeline.total) {
                    oversize.append(
                        "chapter \(chapter.number) \"\(chapter.title)\": segment \(range.lowerBound + 1) alone is longer "
                            + "than \(pack.name) takes in one file"
                    )
                }
                let render = Render(
                    chapter: index,
                    segments: range,
                    part: part + 1,
                    parts: ranges.count,
                    timeline: timeline
                )
                places.append(addRender(render, of: book, audio: audio))
            }
        }
        var package = PackagePlan(
            platform: pack.platform,
            format: pack.packageFormat.value,
            fileName: "\(book.slug)-\(pack.platform.rawValue).\(pack.packageFormat.value.fileExtension)",
            audio: audio,
            requestedBitRate: audio.bitRate < requested.bitRate ? requested.bitRate : nil,
            renders: places,
            files: [],
            size: 0,
            sizeIsExact: false,
            samples: places.reduce(0) { $0 + renders[$1].timeline.total },
            oversize: oversize,
            rejections: [],
            recipe: nil
        )
        package.rejections = Rejections.foreseen(for: package, pack: pack, plan: self, book: book)
        try layOut(&package)
        if let maximum = pack.maximumPackageBytes?.value, package.size > maximum {
            package.oversize.append(
                "\(package.size) bytes at \(audio.bitRateText), the lowest bit rate, where \(pack.name) takes \(maximum)"
            )
        }
        packages.append(package)
    }

    /// A render for each chapter that has segments. Each chapter is one part.
    private func wholeChapters(_ roomTone: RoomTone) -> [Render] {
        chapters.indices.filter { !chapters[$0].segments.isEmpty }.map { index in
            let segments = chapters[index].segments
            let timeline = ChapterTimeline(segments: segments.map(\.samples), roomTone: roomTone)
            return Render(chapter: index, segments: segments.indices, part: 1, parts: 1, timeline: timeline)
        }
    }

    /// Adds a render and its encoding unless they already exist; returns the render's index.
    private mutating func addRender(_ render: Render, of book: BookSnapshot, audio: AudioSpec) -> Int {
        let place =
            renders.firstIndex { $0.chapter == render.chapter && $0.segments == render.segments } ?? renders.endIndex
        if place == renders.endIndex {
            renders.append(render)
            renders[place].toneSeed = RecipeHash.toneSeed(of: render, in: self)
            if mastering == .fit { renders[place].master(book.chapters[render.chapter].segments[render.segments]) }
        }
        if !renders[place].encodes.contains(where: { $0.audio == audio }) {
            let samples = render.timeline.total
            let bytes = audio.codec == .mp3 ? MP3Size.bytes(samples: samples, bitRate: audio.bitRate) : nil
            let digest = RecipeHash.digest(of: renders[place], audio: audio, in: self)
            renders[place].encodes.append(Encode(audio: audio, bytes: bytes, digest: digest))
        }
        return place
    }

    /// The recipe digest of `package` with the contents of this plan; nil if it is not determined.
    func recipe(of package: PackagePlan) -> Digest? {
        var package = package
        do {
            try layOut(&package)
        } catch {
            return nil
        }
        return package.recipe
    }

    /// Fills in the files, the size and the recipe digest of a package.
    private func layOut(_ package: inout PackagePlan) throws(PackagerError) {
        switch package.format {
        case .zipMP3:
            let titles = package.renders.map { place in
                (title: chapters[renders[place].chapter].title, suffix: renders[place].partSuffix)
            }
            let names = FileNames.tracks(titles, fileExtension: "mp3")
            let layout = try ZipMP3Package(zipContents(of: package, names: names), coverCRC32: 0)
            let others = layout.members.count - names.count
            package.files = layout.members.enumerated().map { index, member in
                let render = index < others ? nil : package.renders[index - others]
                return file(member.name, bytes: member.bytes, render: render)
            }
            package.size = layout.size
            package.sizeIsExact = isComplete
            package.recipe = RecipeHash.recipe(of: package, fixedBytes: layout.fixedBytes, in: self)
        case .m4b:
            let layout = try M4BPackage(m4bContents(of: package))
            package.size = layout.headerSize + PackageSize.audio(of: package, in: self)
            package.recipe = RecipeHash.recipe(of: package, fixedBytes: layout.fixedBytes, in: self)
            package.files = [PackagePlan.File(name: package.fileName, bytes: package.size, samples: package.samples)]
        case .epub3:
            let chapters = package.renders.map { renders[$0] }
            let contents = epubContents(of: chapters, audio: package.audio, recipe: nil)
            let layout = EPUB3Package(contents, coverCRC32: 0)
            package.files = layout.members.map { member in
                file(member.name, bytes: member.bytes, render: member.chapter.map { package.renders[$0] })
            }
            package.size = layout.size
            package.sizeIsExact = isComplete
            package.recipe = RecipeHash.recipe(of: package, fixedBytes: layout.fixedBytes, in: self)
        }
    }

    /// A file of a package. If it has a render, the file is the render's audio.
    private func file(_ name: String, bytes: Int64, render: Int?) -> PackagePlan.File {
        PackagePlan.File(
            name: name,
            bytes: bytes,
            render: render,
            title: render.map { title(of: renders[$0]) },
            samples: render.map { renders[$0].timeline.total }
        )
    }
}

extension BatchPlan.Render {
    /// A render without gain and without encodings.
    fileprivate init(chapter: Int, segments: Range<Int>, part: Int, parts: Int, timeline: ChapterTimeline) {
        self.init(
            chapter: chapter,
            segments: segments,
            part: part,
            parts: parts,
            timeline: timeline,
            gainDecibels: 0,
            limitDecibels: nil,
            toneSeed: 0,
            encodes: []
        )
    }

    /// Sets the initial mastering, if all segments are measured.
    fileprivate mutating func master(_ segments: ArraySlice<BookSnapshot.Segment>) {
        let measurements = segments.compactMap(\.audio?.measurement)
        guard measurements.count == segments.count else { return }
        let mastering = Mastering(
            toFit: ChapterLevels(
                samples: timeline.total,
                peak: measurements.map(\.peak).max() ?? 0,
                energy: measurements.reduce(0) { $0 + $1.energy }
            )
        )
        gainDecibels = mastering.gainDecibels
        limitDecibels = mastering.limitDecibels
    }
}

extension BatchPlan.Chapter {
    fileprivate init(_ chapter: BookSnapshot.Chapter, number: Int, carriesText: Bool) {
        self.init(
            id: chapter.id,
            number: number,
            title: chapter.title,
            kind: chapter.kind,
            segments: chapter.segments.map { segment in
                BatchPlan.Segment(
                    id: segment.id,
                    text: carriesText ? segment.text : nil,
                    audio: segment.audio.map { audio in
                        BatchPlan.Audio(digest: audio.digest, bytes: audio.bytes, location: audio.location)
                    },
                    samples: segment.audio?.measurement.samples ?? SpeechEstimate.samples(of: segment.text ?? "")
                )
            }
        )
    }
}
