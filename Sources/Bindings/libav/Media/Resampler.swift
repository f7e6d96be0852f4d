import CLibAV

/// Turns frames of one format into mono floats at 44,100 Hz.
@safe struct Resampler: ~Copyable {
    /// The sample rate of everything after the decoder.
    static let rate = 44_100

    /// The properties of the input; a new resampler is needed when one of them changes.
    struct Input: Equatable {
        let rate: CInt
        let format: CInt
        let channels: CInt
        /// The speaker positions, or 0 where only the number of channels is known.
        let speakers: UInt64

        init(_ frame: borrowing Frame) {
            let frame = unsafe frame.withPointer { unsafe $0.pointee }
            rate = unsafe frame.sample_rate
            format = unsafe frame.format
            let layout = unsafe frame.ch_layout
            channels = unsafe layout.nb_channels
            // One or two channels are always taken as mono or stereo, whatever speakers a header names.
            let isNamed = unsafe layout.order == AV_CHANNEL_ORDER_NATIVE && layout.nb_channels > 2
            speakers = isNamed ? unsafe layout.u.mask : 0
        }
    }

    let input: Input
    private let context: OpaquePointer

    private init(owning context: OpaquePointer, _ input: Input) {
        unsafe self.context = context
        self.input = input
    }

    deinit {
        var context: OpaquePointer? = unsafe self.context
        unsafe swr_free(&context)
    }

    static func open(_ input: Input) throws(MediaError) -> Resampler {
        // If swresample cannot place the named speakers, the usual ones for their number are used.
        if input.speakers != 0, let resampler = unsafe attempt(input, mask: input.speakers).resampler {
            return unsafe Resampler(owning: resampler, input)
        }
        LogTail.clear()
        let (resampler, result) = unsafe attempt(input, mask: nil)
        guard let resampler = unsafe resampler else {
            try av(.unsupported, "its channels cannot be mixed to one", result)
            throw MediaError(.unsupported, "its channels cannot be mixed to one")
        }
        return unsafe Resampler(owning: resampler, input)
    }

    private static func attempt(_ input: Input, mask: UInt64?) -> (resampler: OpaquePointer?, result: CInt) {
        var layout = unsafe AVChannelLayout()
        if let mask {
            unsafe av_channel_layout_from_mask(&layout, mask)
        } else {
            unsafe av_channel_layout_default(&layout, input.channels)
        }
        var context: OpaquePointer?
        let result = unsafe clibav_open_resampler(
            &context,
            CInt(rate),
            &layout,
            AVSampleFormat(rawValue: input.format),
            input.rate
        )
        if result < 0 { unsafe swr_free(&context) }
        return unsafe (context, result)
    }

    /// Resamples `frame` into `buffer`, which grows as needed, and returns the number of samples.
    func convert(_ frame: borrowing Frame, into buffer: inout [Float]) throws(MediaError) -> Int {
        try unsafe frame.withPointer { pointer throws(MediaError) in
            try unsafe convert(pointer, samples: frame.samples, into: &buffer)
        }
    }

    /// Takes out the samples that are left in the resampler; call it until it returns 0.
    func drain(into buffer: inout [Float]) throws(MediaError) -> Int {
        try unsafe convert(nil, samples: 0, into: &buffer)
    }

    private func convert(
        _ frame: UnsafeMutablePointer<AVFrame>?,
        samples: Int,
        into buffer: inout [Float]
    ) throws(MediaError) -> Int {
        let most = unsafe swr_get_out_samples(context, CInt(samples))
        let needed = Int(try av(.failed, "it could not be resampled", most)) + 32
        if buffer.count < needed { buffer = [Float](repeating: 0, count: needed) }
        let count = unsafe buffer.withUnsafeMutableBufferPointer { out in
            unsafe clibav_resample(context, out.baseAddress, CInt(out.count), frame)
        }
        return Int(try av(.failed, "it could not be resampled", count))
    }
}
