internal import Model
internal import Platforms

extension PackageValidator {
    /// Checks every member's checksum, and that every member is uncompressed.
    func checkMembers(_ package: MeasuredPackage, _ findings: inout Findings) {
        for member in package.members {
            if !member.isStored {
                findings.error(
                    .structure,
                    "\"\(member.name)\" is compressed in the archive",
                    "Method: deflated or another, required: stored. It was not read"
                )
            } else if !member.isIntact {
                findings.error(
                    .integrity,
                    "\"\(member.name)\" does not match its checksum",
                    "The bytes in the archive are not those that were put there"
                )
            }
        }
    }

    /// Checks the index of an M4B: whether players can begin at once and find the chapters.
    func checkIndex(_ package: MeasuredPackage, _ findings: inout Findings) {
        guard let index = package.index else { return }
        if index.brand != "M4B " {
            findings.error(
                .structure,
                "The file is not marked as an audiobook",
                "Brand: \"\(index.brand)\", required: \"M4B \""
            )
        }
        if !index.isFirst {
            findings.error(
                .structure,
                "The index stands behind the audio",
                "Order: \"mdat\" before \"moov\", required: \"moov\" first, so that playing can begin at once"
            )
        }
        if index.audioTracks > 1 {
            findings.error(.structure, "More than one audio track", "Audio tracks: \(index.audioTracks), required: 1")
        }
        if index.quickTimeChapters == 0 {
            findings.error(
                .chapters,
                "No chapters that \(pack.name) shows",
                "QuickTime chapter marks: 0, required: one for each chapter"
            )
        }
        // Nero's list has a one-byte counter.
        if index.neroChapters != index.quickTimeChapters, (1...255).contains(index.quickTimeChapters) {
            findings.warning(
                .chapters,
                "Other players show other chapters",
                "Nero chapter marks: \(index.neroChapters), QuickTime chapter marks: \(index.quickTimeChapters)"
            )
        }
    }

    /// Checks the text of an EPUB and its overlays.
    func checkText(_ package: MeasuredPackage, _ findings: inout Findings) {
        guard pack.text.value, let text = package.text else { return }
        if text.clips == 0 {
            findings.error(
                .structure,
                "No text is read aloud",
                "Clips of text and audio: 0, required: one for each segment"
            )
        }
        guard !text.faults.isEmpty else { return }
        let more = text.moreFaults > 0 ? " And \(text.moreFaults) more." : ""
        findings.error(
            .structure,
            "Text and audio contradict each other",
            text.faults.joined(separator: " ") + more
        )
    }

    /// Checks the cover's presence and size.
    func checkCover(_ package: MeasuredPackage, _ findings: inout Findings) {
        let minimum = pack.coverMinimum.value
        guard let cover = package.cover else {
            findings.error(.cover, "No cover", "Cover: none, required: \(minimum)x\(minimum) pixels or more")
            return
        }
        if let damage = cover.damage {
            findings.error(.cover, "The cover is no whole image", "Read: \(damage)")
            return
        }
        if min(cover.width, cover.height) < minimum {
            findings.error(
                .cover,
                "Cover too small for \(pack.name)",
                "Cover: \(cover.width)x\(cover.height) pixels, required: \(minimum)x\(minimum) or more"
            )
        }
        if let maximum = pack.coverMaximum?.value, max(cover.width, cover.height) > maximum {
            findings.error(
                .cover,
                "Cover too large for \(pack.name)",
                "Cover: \(cover.width)x\(cover.height) pixels, required: \(maximum)x\(maximum) or less"
            )
        }
    }

    /// Checks the metadata about the book.
    func checkMetadata(_ package: MeasuredPackage, _ findings: inout Findings) {
        for (tag, name) in [("title", "Title"), ("author", "Author"), ("narrator", "Narrator")]
        where package.tags[tag]?.isEmpty ?? true {
            findings.error(.metadata, "\(name) not provided", "\(pack.name) lists no book without it")
        }
        if package.tags["isbn"]?.isEmpty ?? true {
            findings.warning(
                .metadata,
                "ISBN not provided",
                "An ISBN lets shops and libraries find the book; \(pack.name) takes it without one"
            )
        }
    }

    /// Checks whether the platform accepts such a narration at all, regardless of the quality.
    func checkEligibility(_ findings: inout Findings) {
        guard pack.digitalVoice.value == .refused, expectation?.book.digitalVoice ?? false else { return }
        let meets = !findings.issues.contains { $0.severity == .error }
        findings.warning(
            .eligibility,
            meets ? "Meets the file spec, not eligible" : "Not eligible",
            "The narration is synthetic; \(pack.name) takes it only with an authorisation of its own"
        )
    }
}
