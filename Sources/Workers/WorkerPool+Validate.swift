package import Model
internal import Processes
internal import WorkerLink
internal import WorkerMessages

extension WorkerPool {
    /// Reads and decodes a whole package.
    ///
    /// Faults of the package are part of the result. They are not judged by a platform's rules here.
    ///
    /// - Parameters:
    ///   - bytes: The size of the file, from which the time limit follows.
    ///   - progress: Called with the samples at 44,100 Hz that are decoded so far. The pool calls it on its own thread,
    ///     so it must not block.
    /// - Throws: ``WorkerError`` if the worker ended without a result.
    package func measure(
        package file: WorkerFile,
        as format: PackageFormat,
        bytes: Int64,
        tenant: TenantID,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(WorkerError) -> MeasuredPackage {
        // 48 kbit/s, the lowest rate of packages, is 6,000 bytes a second of sound. The limit allows a tenth of the
        // playing time.
        let time = configuration.measureLimit + .seconds(bytes / 60_000)
        let limits = TaskLimits(time: time, fileBytes: 0)
        return try await run("validate", tenant: tenant, limits: limits) { link, worker in
            try link.open(WorkerMethods.validatePackage)
            try link.send(WorkerValidateInput(format: format.rawValue), descriptors: [try file.open()])
            try link.finish()
            while true {
                guard let update = try link.receive(WorkerValidateUpdate.self)?.item else {
                    throw WorkerLinkError.violation("ended the call without a result")
                }
                worker.beat()
                switch update {
                case .progress(let update): progress(max(0, Int(clamping: update.samplesDone)))
                case .package(let package): return try MeasuredPackage(package, bytes: bytes)
                }
            }
        }
    }
}

extension MeasuredPackage {
    /// The worker's result, with all texts made safe to show.
    ///
    /// - Throws: `WorkerLinkError` if the result contains impossible values.
    fileprivate init(_ wire: WorkerMeasuredPackage, bytes: Int64) throws(WorkerLinkError) {
        var tracks: [Track] = []
        for track in wire.tracks { tracks.append(try Track(track)) }
        self.init(
            refusal: wire.refusal.isEmpty ? nil : sanitized(wire.refusal),
            bytes: bytes,
            members: wire.members.map { member in
                Member(
                    name: sanitized(member.name),
                    bytes: member.sizeBytes,
                    isStored: member.stored,
                    isIntact: member.intact
                )
            },
            tracks: tracks,
            cover: wire.cover.map { cover in
                Picture(
                    damage: cover.damage.isEmpty ? nil : sanitized(cover.damage),
                    width: Int(cover.width),
                    height: Int(cover.height)
                )
            },
            tags: wire.tags.mapValues { sanitized($0) },
            index: wire.index.map { index in
                Index(
                    brand: sanitized(index.brand),
                    isFirst: index.indexIsFirst,
                    audioTracks: Int(index.audioTracks),
                    quickTimeChapters: Int(index.quicktimeChapters),
                    neroChapters: Int(index.neroChapters)
                )
            },
            text: wire.text.map { text in
                Text(
                    clips: Int(text.clips),
                    documents: Int(text.documents),
                    faults: text.faults.map { sanitized($0) },
                    moreFaults: Int(text.moreFaults)
                )
            }
        )
    }
}

extension MeasuredPackage.Track {
    fileprivate init(_ wire: WorkerMeasuredTrack) throws(WorkerLinkError) {
        let numbers = wire.sections.flatMap { [$0.peak, $0.energy, $0.quietestMeanSquare] }
        guard wire.lowestBitRate <= wire.highestBitRate, wire.samples >= 0,
            wire.sections.allSatisfy({ $0.samples >= 0 }),
            numbers.allSatisfy({ $0.isFinite && $0 >= 0 })
        else { throw .violation("measured what cannot be") }
        self.init(
            name: sanitized(wire.name),
            damage: wire.damage.isEmpty ? nil : sanitized(wire.damage),
            codec: sanitized(wire.codec),
            bitRates: Int(wire.lowestBitRate)...Int(wire.highestBitRate),
            sampleRate: Int(wire.sampleRate),
            channels: Int(wire.channels),
            bytes: wire.sizeBytes,
            samples: wire.samples,
            hasCover: wire.hasCover,
            title: sanitized(wire.title),
            sections: wire.sections.map { section in
                MeasuredPackage.Section(
                    title: sanitized(section.title),
                    samples: section.samples,
                    peak: section.peak,
                    energy: section.energy,
                    quietestMeanSquare: section.quietestMeanSquare,
                    quietAtStart: section.quietAtStart,
                    quietAtEnd: section.quietAtEnd
                )
            }
        )
    }
}
