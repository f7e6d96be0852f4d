import CLibAV

/// One opened container and its only audio stream.
@safe struct Demuxer: ~Copyable {
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let input: InputContext
    /// The audio stream's number, once it is chosen.
    private var index: Int = 0

    private init(owning context: UnsafeMutablePointer<AVFormatContext>, _ input: consuming InputContext) {
        unsafe self.context = context
        self.input = input
    }

    deinit {
        var context: UnsafeMutablePointer<AVFormatContext>? = unsafe self.context
        unsafe avformat_close_input(&context)
    }

    /// Opens `range` of `file` with the demuxer of `format` and no other.
    static func open(_ file: MediaFile, range: Range<Int>, as format: AudioFormat) throws(MediaError) -> Demuxer {
        let input = try InputContext.open(file, range)
        guard let demuxer = unsafe av_find_input_format(format.demuxer) else {
            throw MediaError(.failed, "this build of libav does not read \(format.label)")
        }
        guard let context = unsafe avformat_alloc_context() else { throw MediaError.outOfMemory }
        unsafe input.attach(to: context)
        unsafe clibav_refuse_nested_opens(context)
        var options: OpaquePointer?
        defer { unsafe av_dict_free(&options) }
        for (name, value) in [
            ("format_whitelist", format.demuxer), ("codec_whitelist", SourceCodec.whitelist),
            ("protocol_whitelist", "none"), ("probesize", "1048576"), ("formatprobesize", "1048576"),
            ("analyzeduration", "5000000"), ("max_streams", "16"), ("max_probe_packets", "256"),
            ("err_detect", "crccheck+explode"),
        ] { unsafe av_dict_set(&options, name, value, 0) }
        // If opening fails, libav frees the context but not the input, so the input is freed here.
        var opened: UnsafeMutablePointer<AVFormatContext>? = unsafe context
        LogTail.clear()
        let result = unsafe avformat_open_input(&opened, nil, demuxer, &options)
        guard result >= 0 else {
            if let failure = input.failure { throw failure }
            throw Media.failure(.damaged, "its \(format.label) header cannot be read", result)
        }
        var opening = unsafe Demuxer(owning: context, input)
        if let failure = opening.input.failure { throw failure }
        try opening.chooseStream(of: format)
        return opening
    }

    private mutating func chooseStream(of format: AudioFormat) throws(MediaError) {
        var audio: [Int] = []
        for index in 0..<(unsafe Int(context.pointee.nb_streams)) {
            guard let stream = unsafe context.pointee.streams[index], let parameters = unsafe stream.pointee.codecpar
            else { continue }
            switch unsafe parameters.pointee.codec_type {
            case AVMEDIA_TYPE_AUDIO:
                audio.append(index)
                continue
            case AVMEDIA_TYPE_VIDEO where unsafe stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0:
                throw MediaError(.unsupported, "it holds video; only audio is taken")
            default: break
            }
            // Cover art and chapter titles are not needed.
            unsafe stream.pointee.discard = AVDISCARD_ALL
        }
        guard let only = audio.first, audio.count == 1 else {
            let reason = audio.isEmpty ? "it holds no audio stream" : "it holds \(audio.count) audio streams, not one"
            throw MediaError(audio.isEmpty ? .empty : .unsupported, reason)
        }
        index = only
        // What the header says is checked before a decoder sees it: libav opens a WAV of 1 Hz without complaint.
        let parameters = unsafe stream.pointee.codecpar.pointee
        if unsafe parameters.sample_rate != 0 {
            try AudioLimits.check(
                rate: unsafe Int(parameters.sample_rate),
                channels: unsafe max(1, Int(parameters.ch_layout.nb_channels))
            )
        }
        let decoder = try unsafe SourceCodec.decoder(for: parameters.codec_id, in: format)
        unsafe context.pointee.audio_codec = unsafe decoder
        // A WAV header already says everything. Probing further would cost 4 ms a file, because libav looks for DTS
        // inside PCM.
        guard format != .wav else { return }
        LogTail.clear()
        let result = unsafe avformat_find_stream_info(context, nil)
        if let failure = input.failure { throw failure }
        try av(.damaged, "its sound cannot be read", result)
    }

    private var stream: UnsafeMutablePointer<AVStream> {
        // In bounds: `index` was found by walking the streams, and libav never removes one.
        unsafe context.pointee.streams[index].unsafelyUnwrapped
    }

    /// Opens the decoder that the stream needs.
    func decoder(isCutByUs: Bool) throws(MediaError) -> Decoder {
        try unsafe Decoder.open(
            context.pointee.audio_codec,
            parameters: stream.pointee.codecpar,
            timeBase: stream.pointee.time_base,
            isCutByUs: isCutByUs
        )
    }

    /// The stream's length in samples at `rate`, by the container's index.
    func duration(at rate: Int) -> Int? {
        let duration = unsafe stream.pointee.duration
        guard duration > 0 else { return nil }
        let samples = unsafe av_rescale_q(duration, stream.pointee.time_base, AVRational(num: 1, den: CInt(rate)))
        // libav returns the least number where the product is too large.
        return samples > 0 ? Int(samples) : nil
    }

    /// Reads the audio stream's next packet; false at the end.
    func read(into packet: borrowing Packet) throws(MediaError) -> Bool {
        while true {
            let result = unsafe packet.withPointer { packet in
                unsafe av_packet_unref(packet)
                return unsafe av_read_frame(context, packet)
            }
            if let failure = input.failure { throw failure }
            if result == clibav_error_eof() { return false }
            // For a truncated AAC or M4A file libav returns EIO, where it returns end of file for other formats.
            try av(.damaged, "it breaks off", result)
            if packet.stream == index { return true }
        }
    }
}

/// One packet of libav, freed exactly once.
@safe struct Packet: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVPacket>

    init() throws(MediaError) {
        guard let pointer = unsafe av_packet_alloc() else { throw MediaError.outOfMemory }
        unsafe self.pointer = pointer
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = unsafe self.pointer
        unsafe av_packet_free(&pointer)
    }

    /// Calls `body` with libav's packet, which must not be kept beyond the call.
    func withPointer<Result, Failure: Error>(
        _ body: (UnsafeMutablePointer<AVPacket>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { extendLifetime(self) }
        return try unsafe body(pointer)
    }

    /// Makes it a packet of `bytes`.
    func fill(with bytes: [UInt8]) throws(MediaError) {
        guard let count = CInt(exactly: bytes.count), unsafe av_new_packet(pointer, count) == 0 else {
            throw MediaError.outOfMemory
        }
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(start: pointer.pointee.data, count: source.count).copyMemory(
                from: source
            )
        }
    }

    /// The number of the stream that it belongs to.
    var stream: Int { unsafe Int(pointer.pointee.stream_index) }

    /// Whether the demuxer found it damaged or cut short.
    var isCorrupt: Bool { unsafe pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }

    /// The samples that the decoder drops at the packet's front because the container says so.
    var skippedAtStart: Int {
        var size = 0
        guard let data = unsafe av_packet_get_side_data(pointer, AV_PKT_DATA_SKIP_SAMPLES, &size), size >= 4 else {
            return 0
        }
        return unsafe Int(UnsafeBufferPointer(start: data, count: 4).littleEndian)
    }
}

/// One frame of decoded sound, freed exactly once.
@safe struct Frame: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVFrame>

    init() throws(MediaError) {
        guard let pointer = unsafe av_frame_alloc() else { throw MediaError.outOfMemory }
        unsafe self.pointer = pointer
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = unsafe self.pointer
        unsafe av_frame_free(&pointer)
    }

    /// Calls `body` with libav's frame, which must not be kept beyond the call.
    func withPointer<Result, Failure: Error>(
        _ body: (UnsafeMutablePointer<AVFrame>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { extendLifetime(self) }
        return try unsafe body(pointer)
    }

    var samples: Int {
        get { unsafe Int(pointer.pointee.nb_samples) }
        nonmutating set { unsafe pointer.pointee.nb_samples = CInt(newValue) }
    }
    var rate: Int { unsafe Int(pointer.pointee.sample_rate) }
    var channels: Int { unsafe Int(pointer.pointee.ch_layout.nb_channels) }
    /// The size of a picture.
    var pixels: (width: Int, height: Int) { unsafe (Int(pointer.pointee.width), Int(pointer.pointee.height)) }
}
