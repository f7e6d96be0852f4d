import CLibAV

/// One opened libav encoder for mono floats at 44,100 Hz, freed exactly once.
///
/// The encoder accepts samples in pieces of any size and gives packets. The last frame may be short.
@safe struct Encoder: ~Copyable {
    private let context: UnsafeMutablePointer<AVCodecContext>
    private let packet: Packet
    private let frame: Frame
    /// The number of samples in the frame that is being filled.
    private var filled = 0
    /// Samples sent before that frame.
    private var sent = 0
    /// Measures the packets' levels; nil if the levels are not wanted.
    private var monitor: LevelMonitor?

    private init(
        owning context: UnsafeMutablePointer<AVCodecContext>,
        _ packet: consuming Packet,
        _ frame: consuming Frame
    ) {
        unsafe self.context = context
        self.packet = packet
        self.frame = frame
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = unsafe self.context
        unsafe avcodec_free_context(&context)
    }

    /// Opens the encoder called `name` with `options` of its own.
    static func open(_ name: String, bitRate: Int, options: [(String, String)]) throws(MediaError) -> Encoder {
        Library.prepare()
        guard let codec = unsafe avcodec_find_encoder_by_name(name) else {
            throw MediaError(.failed, "this build of libav has no encoder \"\(name)\"")
        }
        let packet = try Packet()
        let frame = try Frame()
        guard let context = unsafe avcodec_alloc_context3(codec) else { throw MediaError.outOfMemory }
        let encoder = unsafe Encoder(owning: context, packet, frame)
        unsafe context.pointee.bit_rate = Int64(bitRate)
        unsafe context.pointee.sample_rate = CInt(Resampler.rate)
        unsafe context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
        unsafe context.pointee.time_base = AVRational(num: 1, den: CInt(Resampler.rate))
        unsafe context.pointee.flags |= AV_CODEC_FLAG_BITEXACT
        unsafe context.pointee.thread_count = 1
        unsafe clibav_set_mono(context)
        var dictionary: OpaquePointer?
        defer { unsafe av_dict_free(&dictionary) }
        for (key, value) in options { unsafe av_dict_set(&dictionary, key, value, 0) }
        LogTail.clear()
        let result = unsafe avcodec_open2(context, codec, &dictionary)
        try av(.failed, "the encoder \"\(name)\" does not open at \(bitRate) bit/s", result)
        return encoder
    }

    /// From now on, decodes the packets with the decoder called `name` and measures their levels.
    mutating func monitor(by name: String) throws(MediaError) {
        var parameters: UnsafeMutablePointer<AVCodecParameters>? = unsafe avcodec_parameters_alloc()
        defer { unsafe avcodec_parameters_free(&parameters) }
        guard let allocated = unsafe parameters else { throw MediaError.outOfMemory }
        try av(
            .failed,
            "an encoder does not tell what it is",
            unsafe avcodec_parameters_from_context(allocated, context)
        )
        monitor = try unsafe LevelMonitor(decoder: name, parameters: allocated)
    }

    /// The levels of the decoded packets, complete after ``finish(_:)``; nil unless they are measured.
    var levels: EncodedAudio.Levels? { monitor?.levels }

    /// Samples of one frame.
    var frameSamples: Int { unsafe Int(context.pointee.frame_size) }

    /// Encodes `piece` and gives each finished packet to `body`.
    mutating func append(
        _ piece: Span<Float>,
        _ body: (UnsafeBufferPointer<UInt8>) throws(MediaError) -> Void
    ) throws(MediaError) {
        var offset = 0
        while offset < piece.count {
            if filled == 0 { try beginFrame() }
            let count = min(frameSamples - filled, piece.count - offset)
            let part = piece.extracting(offset..<offset + count)
            unsafe frame.withPointer { unsafe copy(part, into: $0.pointee.extended_data) }
            filled += count
            offset += count
            if filled == frameSamples { try unsafe send(body) }
        }
    }

    /// Encodes the samples that are left and empties the encoder, which accepts nothing more.
    mutating func finish(_ body: (UnsafeBufferPointer<UInt8>) throws(MediaError) -> Void) throws(MediaError) {
        if filled > 0 { try unsafe send(body) }
        try av(.failed, "the encoder could not be emptied", unsafe avcodec_send_frame(context, nil))
        try unsafe receive(body)
        try monitor?.finish()
    }

    /// The configuration that a decoder needs before the first packet.
    var decoderConfiguration: [UInt8] {
        let context = unsafe self.context.pointee
        return unsafe Array(UnsafeBufferPointer(start: context.extradata, count: Int(context.extradata_size)))
    }

    private func copy(_ piece: Span<Float>, into planes: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) {
        guard let plane = unsafe planes[0] else { return }
        let target = unsafe UnsafeMutableRawPointer(plane).assumingMemoryBound(to: Float.self).advanced(by: filled)
        for index in piece.indices { unsafe target[index] = piece[index] }
    }

    /// Allocates new memory for each frame, because the encoder may keep the previous one.
    private func beginFrame() throws(MediaError) {
        try unsafe frame.withPointer { frame throws(MediaError) in
            unsafe av_frame_unref(frame)
            unsafe frame.pointee.nb_samples = context.pointee.frame_size
            unsafe frame.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
            unsafe frame.pointee.sample_rate = CInt(Resampler.rate)
            unsafe clibav_set_mono_frame(frame)
            try av(.failed, "memory ran out", unsafe av_frame_get_buffer(frame, 0))
        }
    }

    private mutating func send(
        _ body: (UnsafeBufferPointer<UInt8>) throws(MediaError) -> Void
    ) throws(MediaError) {
        frame.samples = filled
        let result = unsafe frame.withPointer { frame in
            unsafe frame.pointee.pts = Int64(sent)
            return unsafe avcodec_send_frame(context, frame)
        }
        sent += filled
        filled = 0
        try av(.failed, "the encoder refuses a frame", result)
        try unsafe receive(body)
    }

    private func receive(_ body: (UnsafeBufferPointer<UInt8>) throws(MediaError) -> Void) throws(MediaError) {
        while true {
            let result = unsafe packet.withPointer { unsafe avcodec_receive_packet(context, $0) }
            if result == clibav_error_again() || result == clibav_error_eof() { return }
            try av(.failed, "the encoder failed", result)
            try unsafe packet.withPointer { packet throws(MediaError) in
                try unsafe body(UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
            }
            try monitor?.append(packet)
        }
    }
}
