import CLibAV

/// One opened libav decoder, freed exactly once.
@safe struct Decoder: ~Copyable {
    private let context: UnsafeMutablePointer<AVCodecContext>

    private init(owning context: UnsafeMutablePointer<AVCodecContext>) { unsafe self.context = context }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = unsafe self.context
        unsafe avcodec_free_context(&context)
    }

    static func open(
        _ codec: UnsafePointer<AVCodec>?,
        parameters: UnsafeMutablePointer<AVCodecParameters>?,
        timeBase: AVRational,
        isCutByUs: Bool
    ) throws(MediaError) -> Decoder {
        guard let context = unsafe avcodec_alloc_context3(codec) else { throw MediaError.outOfMemory }
        let decoder = unsafe Decoder(owning: context)
        try av(.damaged, "its sound cannot be read", unsafe avcodec_parameters_to_context(context, parameters))
        // libav needs the packets' time base to correct the time of a frame from which it skips samples.
        unsafe context.pointee.pkt_timebase = timeBase
        unsafe context.pointee.err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE
        unsafe context.pointee.thread_count = 1
        if isCutByUs { unsafe context.pointee.flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL }
        LogTail.clear()
        try av(.damaged, "its sound cannot be read", unsafe avcodec_open2(context, codec, nil))
        return decoder
    }

    /// A decoder of single pictures, which reports every fault.
    static func open(imagesOf format: ImageHeader.Format) throws(MediaError) -> Decoder {
        guard let codec = unsafe avcodec_find_decoder_by_name(format.decoderName) else {
            throw MediaError(.failed, "libav has no decoder \(format.decoderName)")
        }
        guard let context = unsafe avcodec_alloc_context3(codec) else { throw MediaError.outOfMemory }
        let decoder = unsafe Decoder(owning: context)
        unsafe context.pointee.err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE
        unsafe context.pointee.thread_count = 1
        try av(.failed, "its decoder cannot be opened", unsafe avcodec_open2(context, codec, nil))
        return decoder
    }

    /// Gives the decoder `packet`, or tells it that there are no more.
    ///
    /// - Returns: libav's result. It is never "try again", because every frame is taken out before the next packet is
    ///   sent.
    func send(_ packet: borrowing Packet) -> CInt {
        unsafe packet.withPointer { unsafe avcodec_send_packet(context, $0) }
    }

    func sendEnd() -> CInt { unsafe avcodec_send_packet(context, nil) }

    /// Takes out the next frame. "Try again" and the end are ordinary results, not errors.
    func receive(_ frame: borrowing Frame) -> CInt {
        unsafe frame.withPointer { unsafe avcodec_receive_frame(context, $0) }
    }
}
