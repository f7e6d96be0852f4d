package import Model
package import Packagers

extension BatchPlan {
    /// The packager that carries out the plan of one package.
    ///
    /// - Parameters:
    ///   - package: One of ``packages``.
    ///   - coverCRC32: The checksum of the cover's bytes; ignored without a cover.
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if the plan is a draft.
    package func packager(for package: PackagePlan, coverCRC32: UInt32) throws(PackagingError) -> any Packager {
        guard isComplete else {
            throw PackagingError(.failedPrecondition, "cannot package \"\(package.fileName)\": segments have no audio")
        }
        do throws(PackagerError) {
            switch package.format {
            case .zipMP3:
                let names = package.files.compactMap { $0.render == nil ? nil : $0.name }
                return try ZipMP3Package(zipContents(of: package, names: names), coverCRC32: coverCRC32)
            case .m4b:
                return try M4BPackage(m4bContents(of: package))
            case .epub3:
                let contents = epubContents(
                    of: package.renders.map { renders[$0] },
                    audio: package.audio,
                    recipe: package.recipe
                )
                return EPUB3Package(contents, coverCRC32: coverCRC32)
            }
        } catch {
            throw PackagingError(.internal, "cannot lay out \"\(package.fileName)\": \(error)", cause: error)
        }
    }

    /// The contents of a ZIP of MP3 whose tracks have the file names `names`.
    func zipContents(of package: PackagePlan, names: [String]) -> ZipMP3Package.Contents {
        let tracks = zip(package.renders, names).map { place, name in
            let render = renders[place]
            let samples = render.timeline.total
            return ZipMP3Package.Contents.Track(
                name: name,
                title: title(of: render),
                kind: chapters[render.chapter].kind,
                samples: samples,
                audioBytes: MP3Size.bytes(samples: samples, bitRate: package.audio.bitRate)
            )
        }
        return ZipMP3Package.Contents(book: book, cover: cover, audio: package.audio, tracks: tracks)
    }

    /// The contents of an M4B.
    func m4bContents(of package: PackagePlan) -> M4BPackage.Contents {
        M4BPackage.Contents(
            book: book,
            cover: cover,
            chapters: package.renders.map { place in
                M4BPackage.Contents.Chapter(title: title(of: renders[place]), samples: renders[place].timeline.total)
            }
        )
    }

    /// The contents of an EPUB whose chapters are `renders`.
    ///
    /// - Parameter recipe: The package's recipe digest; nil if only the size is needed.
    func epubContents(of renders: [Render], audio: AudioSpec, recipe: Digest?) -> EPUB3Package.Contents {
        let chapters = renders.map { render in
            let samples = render.timeline.total
            return EPUB3Package.Contents.Chapter(
                title: title(of: render),
                kind: self.chapters[render.chapter].kind,
                samples: samples,
                audioBytes: MP3Size.bytes(samples: samples, bitRate: audio.bitRate),
                segments: zip(segments(of: render), render.timeline.starts).map { segment, start in
                    EPUB3Package.Contents.Segment(text: segment.text ?? "", start: start, samples: segment.samples)
                }
            )
        }
        return EPUB3Package.Contents(book: book, cover: cover, audio: audio, chapters: chapters, recipe: recipe)
    }
}
