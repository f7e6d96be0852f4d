import CLibAV

/// The decoders that a segment's data may reach.
enum SourceCodec {
    /// Decoders by name, so that libav does not choose among several decoders for one codec.
    ///
    /// MP3 and AAC have integer decoders too. They would clip samples above full scale before a gain could lower them,
    /// and they take a quarter to a half longer. They would not make the bytes equal on every host either, because the
    /// resampler and the encoders use floats; the pinned instructions do that (see ``Library``).
    private static let names: [(AVCodecID, String)] = [
        (AV_CODEC_ID_MP3, "mp3float"), (AV_CODEC_ID_AAC, "aac"), (AV_CODEC_ID_FLAC, "flac"),
        (AV_CODEC_ID_OPUS, "opus"), (AV_CODEC_ID_VORBIS, "vorbis"),
        (AV_CODEC_ID_PCM_U8, "pcm_u8"), (AV_CODEC_ID_PCM_S16LE, "pcm_s16le"), (AV_CODEC_ID_PCM_S24LE, "pcm_s24le"),
        (AV_CODEC_ID_PCM_S32LE, "pcm_s32le"), (AV_CODEC_ID_PCM_F32LE, "pcm_f32le"),
        (AV_CODEC_ID_PCM_F64LE, "pcm_f64le"), (AV_CODEC_ID_PCM_ALAW, "pcm_alaw"), (AV_CODEC_ID_PCM_MULAW, "pcm_mulaw"),
    ]

    /// The names of all of them.
    static var decoderNames: [String] { names.map(\.1) }

    /// The names in the form that libav's options need.
    static let whitelist = names.map(\.1).joined(separator: ",")

    // owners: libav's codecs are constants of the library
    /// - Throws: ``MediaError`` for a codec that is not in the list, or not usual in `format`.
    static func decoder(for id: AVCodecID, in format: AudioFormat) throws(MediaError) -> UnsafePointer<AVCodec> {
        guard let name = names.first(where: { $0.0 == id })?.1, isUsual(name, in: format) else {
            let codec = unsafe String(cString: avcodec_get_name(id))
            throw MediaError(.unsupported, "its sound is coded as \(codec), which is not taken in \(format.label)")
        }
        guard let decoder = unsafe avcodec_find_decoder_by_name(name) else {
            throw MediaError(.failed, "this build of libav has no decoder \"\(name)\"")
        }
        return unsafe decoder
    }

    private static func isUsual(_ name: String, in format: AudioFormat) -> Bool {
        switch format {
        case .wav: name.hasPrefix("pcm_")
        case .flac: name == "flac"
        case .mp3: name == "mp3float"
        case .m4a, .adts: name == "aac"
        case .opus: name == "opus"
        case .vorbis: name == "vorbis"
        }
    }
}

/// The limits of audio. Anything beyond them is refused before it costs time or memory.
package enum AudioLimits {
    static let rates = 8_000...192_000
    static let channels = 1...8
    /// The longest segment in seconds.
    package static let longestSegment = 4 * 3600

    static func check(rate: Int, channels count: Int) throws(MediaError) {
        guard rates.contains(rate) else {
            throw MediaError(.unsupported, "its sample rate is \(rate) Hz; 8000 to 192000 are taken")
        }
        guard channels.contains(count) else {
            throw MediaError(.unsupported, "it has \(count) channels; 1 to 8 are taken")
        }
    }

    static func check(samples: Int, rate: Int, longest: Int) throws(MediaError) {
        guard samples <= longest * rate else {
            throw MediaError(.tooLarge, "it is longer than \(longest / 3600) hours")
        }
    }
}
