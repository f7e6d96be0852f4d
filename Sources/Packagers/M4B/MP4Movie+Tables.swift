internal import Model

// Sample tables: the duration, size and position of each sample.
extension MP4Movie {
    func appendAudioTable(to stbl: inout [UInt8], _ packetSizes: [UInt32], offset: UInt64) {
        stbl.appendFullBox("stsd") { stsd in
            stsd.appendBigEndian(1 as UInt32)
            stsd.appendBox("mp4a") { mp4a in
                mp4a.append(zeros: 6)
                mp4a.appendBigEndian(1 as UInt16)  // the data reference
                mp4a.append(zeros: 8)
                mp4a.appendBigEndian(1 as UInt16)  // channels
                mp4a.appendBigEndian(16 as UInt16)  // bits of a decoded sample
                mp4a.append(zeros: 4)
                mp4a.appendBigEndian(UInt32(Timeline.sampleRate) << 16)
                mp4a.appendFullBox("esds") { Self.appendElementaryStream(to: &$0, packetSizes) }
            }
        }
        appendTimes(to: &stbl, [(packetSizes.count, Self.packetSamples)])
        let (chunks, rest) = packetSizes.count.quotientAndRemainder(dividingBy: Self.packetsPerChunk)
        var runs = chunks > 0 ? [(first: 1, samples: Self.packetsPerChunk)] : []
        if rest > 0 { runs.append((first: chunks + 1, samples: rest)) }
        appendChunkRuns(to: &stbl, runs)
        appendSizes(to: &stbl, packetSizes)
        var offsets: [UInt64] = []
        var next = offset
        for (index, size) in packetSizes.enumerated() {
            if index.isMultiple(of: Self.packetsPerChunk) { offsets.append(next) }
            next += UInt64(size)
        }
        appendOffsets(to: &stbl, offsets)
        // After a seek, decoding is correct from the second packet on. So players go back one packet when they seek.
        stbl.appendFullBox("sgpd", version: 1) { sgpd in
            sgpd.append(fourCharacters: "roll")
            sgpd.appendBigEndian(2 as UInt32)
            sgpd.appendBigEndian(1 as UInt32)
            sgpd.appendBigEndian(UInt16(bitPattern: -1))
        }
        stbl.appendFullBox("sbgp") { sbgp in
            sbgp.append(fourCharacters: "roll")
            sbgp.appendBigEndian(1 as UInt32)
            sbgp.appendBigEndian(UInt32(packetSizes.count))
            sbgp.appendBigEndian(1 as UInt32)
        }
    }

    func appendTextTable(to stbl: inout [UInt8], offset: UInt64) {
        stbl.appendFullBox("stsd") { stsd in
            stsd.appendBigEndian(1 as UInt32)
            stsd.appendBox("text") { text in
                text.append(zeros: 6)
                text.appendBigEndian(1 as UInt16)  // the data reference
                text.appendBigEndian(1 as UInt32)  // display flags: do not fit to a box
                text.appendBigEndian(1 as UInt32)  // centred
                text.append(zeros: 6 + 8 + 8)  // background, box, reserved
                text.append(zeros: 2 + 2 + 1 + 2 + 6)  // font, face, reserved, foreground
                text.append(0)  // the font's name
            }
        }
        let marks = marks
        let ends = marks.dropFirst() + [duration]
        appendTimes(to: &stbl, zip(marks, ends).map { mark, end in (1, end - mark) })
        let samples = textSamples
        // All samples are in one chunk, because they follow one another.
        appendChunkRuns(to: &stbl, samples.isEmpty ? [] : [(first: 1, samples: samples.count)])
        appendSizes(to: &stbl, samples.map { UInt32($0.count) })
        appendOffsets(to: &stbl, samples.isEmpty ? [] : [offset])
    }

    private func appendTimes(to stbl: inout [UInt8], _ runs: [(samples: Int, duration: Int)]) {
        stbl.appendFullBox("stts") { stts in
            stts.appendBigEndian(UInt32(runs.count))
            for run in runs {
                stts.appendBigEndian(UInt32(run.samples))
                stts.appendBigEndian(UInt32(run.duration))
            }
        }
    }

    private func appendChunkRuns(to stbl: inout [UInt8], _ runs: [(first: Int, samples: Int)]) {
        stbl.appendFullBox("stsc") { stsc in
            stsc.appendBigEndian(UInt32(runs.count))
            for run in runs {
                stsc.appendBigEndian(UInt32(run.first))
                stsc.appendBigEndian(UInt32(run.samples))
                stsc.appendBigEndian(1 as UInt32)  // the sample description
            }
        }
    }

    private func appendSizes(to stbl: inout [UInt8], _ sizes: [UInt32]) {
        stbl.appendFullBox("stsz") { stsz in
            stsz.reserveCapacity(stsz.count + 4 * sizes.count)
            stsz.appendBigEndian(0 as UInt32)  // the sizes differ
            stsz.appendBigEndian(UInt32(sizes.count))
            for size in sizes { stsz.appendBigEndian(size) }
        }
    }

    private func appendOffsets(to stbl: inout [UInt8], _ offsets: [UInt64]) {
        stbl.appendFullBox(needs64BitOffsets ? "co64" : "stco") { stco in
            stco.appendBigEndian(UInt32(offsets.count))
            for offset in offsets { stco.append(time: offset, version: needs64BitOffsets ? 1 : 0) }
        }
    }

    /// The configuration that a decoder needs (ISO/IEC 14496-1 §7.2.6): AAC-LC, 44,100 Hz, one channel.
    private static func appendElementaryStream(to esds: inout [UInt8], _ packetSizes: [UInt32]) {
        // AudioSpecificConfig. Its last three bytes state that the stream contains no hidden SBR.
        let configuration: [UInt8] = [0x12, 0x08, 0x56, 0xE5, 0x00]
        let (average, maximum) = bitRates(packetSizes)
        func descriptor(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            // Lengths have four bytes, because old players expect that.
            [tag, 0x80, 0x80, 0x80, UInt8(content.count)] + content
        }
        var decoder: [UInt8] = [0x40, 0x15]  // AAC, an audio stream
        let largest = packetSizes.max() ?? 0
        decoder += [16, 8, 0].map { UInt8(truncatingIfNeeded: largest >> $0) }
        decoder.appendBigEndian(maximum)
        decoder.appendBigEndian(average)
        decoder += descriptor(5, configuration)
        let stream: [UInt8] = [0, 1, 0] + descriptor(4, decoder) + descriptor(6, [2])
        esds += descriptor(3, stream)
    }

    /// The average bit rate, and the bit rate of the largest second (43 packets).
    private static func bitRates(_ packetSizes: [UInt32]) -> (average: UInt32, maximum: UInt32) {
        guard !packetSizes.isEmpty else { return (0, 0) }
        func rate(_ bytes: Int, _ packets: Int) -> UInt32 {
            UInt32(bytes * 8 * Timeline.sampleRate / (packets * packetSamples))
        }
        let second = min(43, packetSizes.count)
        var total = 0
        var window = 0
        var largest = 0
        for (index, size) in packetSizes.enumerated() {
            total += Int(size)
            window += Int(size)
            if index >= second { window -= Int(packetSizes[index - second]) }
            largest = max(largest, window)
        }
        return (rate(total, packetSizes.count), rate(largest, second))
    }
}
