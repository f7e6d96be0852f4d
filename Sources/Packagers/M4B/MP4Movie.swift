internal import Model

/// The index of an M4B: one AAC track in one contiguous run of bytes, and a text track with the chapters' titles.
///
/// All times are in samples at 44,100 Hz, including the movie's time scale. With the usual thousandths of a second, the
/// edit list and the marks would be wrong by up to 44 samples.
struct MP4Movie {
    /// Samples of an AAC packet.
    static let packetSamples = 1024
    /// Packets of a chunk. A chunk stays below 1 MiB, so that players which read chunk by chunk need little memory.
    static let packetsPerChunk = 1024
    /// Bytes that a packet of one channel can have at most (ISO/IEC 14496-3: 6,144 bits).
    static let maximumPacketBytes = 768

    let language: String
    /// Samples of each chapter's own audio, without the priming packet.
    let chapterSamples: [Int]
    let titles: [String]

    /// Packets of each chapter: its own, and the encoder's priming packet before them.
    var chapterPackets: [Int] { chapterSamples.map { $0 / Self.packetSamples + 1 } }

    /// Packets of the book.
    var packets: Int { chapterPackets.reduce(0, +) }

    /// The position of each chapter's mark in the movie: at its priming packet. The edit list hides the first one.
    var marks: [Int] {
        var before = 0
        return chapterPackets.map { packets in
            defer { before += packets }
            return max(0, (before - 1) * Self.packetSamples)
        }
    }

    /// Length of the movie: all packets but the first.
    var duration: Int { max(0, packets - 1) * Self.packetSamples }

    /// The bytes of the text track's samples: a length, the title, and a box that states the encoding UTF-8.
    var textSamples: [[UInt8]] {
        titles.map { title in
            let text = title.prefix(utf8: 1024)
            var sample: [UInt8] = []
            sample.appendBigEndian(UInt16(text.utf8.count))
            sample += text.utf8
            sample.appendBox("encd") { $0.appendBigEndian(0x100 as UInt32) }
            return sample
        }
    }

    /// Whether offsets may need 64 bits. It is computed from the plan alone, so that the index has the same size before
    /// and after encoding.
    var needs64BitOffsets: Bool { packets * Self.maximumPacketBytes >= Int(UInt32.max) - 1 << 28 }

    /// Writes the tracks, which are everything in `moov` except the metadata.
    ///
    /// - Parameters:
    ///   - packetSizes: Bytes of each packet.
    ///   - textOffset: Where the text samples begin in the file.
    ///   - audioOffset: Where the packets begin in the file.
    func appendTracks(to bytes: inout [UInt8], packetSizes: [UInt32], textOffset: UInt64, audioOffset: UInt64) {
        // Readers that treat the field as signed could not handle more than 13.5 hours.
        let version: UInt8 = duration + Self.packetSamples > Int(Int32.max) ? 1 : 0
        appendMovieHeader(to: &bytes, version: version)
        bytes.appendBox("trak") { trak in
            appendTrackHeader(to: &trak, id: 1, flags: 3, volume: 0x0100, version: version)
            trak.appendBox("edts") { edts in
                edts.appendFullBox("elst", version: version) { elst in
                    elst.appendBigEndian(1 as UInt32)
                    elst.append(time: UInt64(duration), version: version)
                    elst.append(time: UInt64(Self.packetSamples), version: version)
                    elst.appendBigEndian(0x0001_0000 as UInt32)
                }
            }
            trak.appendBox("tref") { tref in
                tref.appendBox("chap") { $0.appendBigEndian(2 as UInt32) }
            }
            trak.appendBox("mdia") { mdia in
                let length = packets * Self.packetSamples
                appendMediaHeader(to: &mdia, length: length, handler: "soun", name: "Sound", version: version)
                mdia.appendBox("minf") { minf in
                    minf.appendFullBox("smhd") { $0.append(zeros: 4) }
                    appendDataReference(to: &minf)
                    minf.appendBox("stbl") { appendAudioTable(to: &$0, packetSizes, offset: audioOffset) }
                }
            }
        }
        bytes.appendBox("trak") { trak in
            // Flags 2: in the movie but not enabled, so that players do not show the titles as subtitles.
            appendTrackHeader(to: &trak, id: 2, flags: 2, volume: 0, version: version)
            trak.appendBox("mdia") { mdia in
                appendMediaHeader(to: &mdia, length: duration, handler: "text", name: "Chapters", version: version)
                mdia.appendBox("minf") { minf in
                    minf.appendBox("gmhd") { gmhd in
                        gmhd.appendFullBox("gmin") { gmin in
                            // Copy with dither, middle grey: what QuickTime writes for text.
                            for value in [0x40, 0x8000, 0x8000, 0x8000, 0, 0] as [UInt16] {
                                gmin.appendBigEndian(value)
                            }
                        }
                        gmhd.appendBox("text") { $0.appendIdentityMatrix() }
                    }
                    appendDataReference(to: &minf)
                    minf.appendBox("stbl") { appendTextTable(to: &$0, offset: textOffset) }
                }
            }
        }
    }

    private func appendMovieHeader(to bytes: inout [UInt8], version: UInt8) {
        bytes.appendFullBox("mvhd", version: version) { mvhd in
            for _ in 0..<2 { mvhd.append(time: 0, version: version) }  // no times, so that bytes repeat
            mvhd.appendBigEndian(UInt32(Timeline.sampleRate))
            mvhd.append(time: UInt64(duration), version: version)
            mvhd.appendBigEndian(0x0001_0000 as UInt32)  // normal speed
            mvhd.appendBigEndian(0x0100 as UInt16)  // full volume
            mvhd.append(zeros: 10)
            mvhd.appendIdentityMatrix()
            mvhd.append(zeros: 24)
            mvhd.appendBigEndian(3 as UInt32)  // the next track's id
        }
    }

    private func appendTrackHeader(
        to bytes: inout [UInt8],
        id: UInt32,
        flags: UInt32,
        volume: UInt16,
        version: UInt8
    ) {
        bytes.appendFullBox("tkhd", version: version, flags: flags) { tkhd in
            for _ in 0..<2 { tkhd.append(time: 0, version: version) }
            tkhd.appendBigEndian(id)
            tkhd.append(zeros: 4)
            tkhd.append(time: UInt64(duration), version: version)
            tkhd.append(zeros: 12)  // reserved, layer, alternate group
            tkhd.appendBigEndian(volume)
            tkhd.append(zeros: 2)
            tkhd.appendIdentityMatrix()
            tkhd.append(zeros: 8)  // width and height
        }
    }

    private func appendMediaHeader(
        to bytes: inout [UInt8],
        length: Int,
        handler: String,
        name: String,
        version: UInt8
    ) {
        bytes.appendFullBox("mdhd", version: version) { mdhd in
            for _ in 0..<2 { mdhd.append(time: 0, version: version) }
            mdhd.appendBigEndian(UInt32(Timeline.sampleRate))
            mdhd.append(time: UInt64(length), version: version)
            // Three letters, each in five bits.
            let code = ISO639.code(for: language).utf8.reduce(0 as UInt16) { $0 << 5 | UInt16($1 & 0x1F) }
            mdhd.appendBigEndian(code)
            mdhd.append(zeros: 2)
        }
        bytes.appendFullBox("hdlr") { hdlr in
            hdlr.append(zeros: 4)
            hdlr.append(fourCharacters: handler)
            hdlr.append(zeros: 12)
            hdlr += name.utf8
            hdlr.append(0)
        }
    }

    /// States that the samples are in this file.
    private func appendDataReference(to bytes: inout [UInt8]) {
        bytes.appendBox("dinf") { dinf in
            dinf.appendFullBox("dref") { dref in
                dref.appendBigEndian(1 as UInt32)
                dref.appendFullBox("url ", flags: 1) { _ in }
            }
        }
    }
}
