import CLibAV

/// The part of a file in which libav reads and seeks. libav cannot reach the rest of the file.
private final class InputBytes {
    private let file: MediaFile
    private let range: Range<Int>
    private var position = 0
    /// Why the last read failed; libav itself keeps only the fact that it failed.
    private(set) var failure: MediaError?

    init(_ file: MediaFile, _ range: Range<Int>) {
        self.file = file
        self.range = range
    }

    func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int) -> CInt {
        let wanted = min(count, range.count - position)
        guard wanted > 0 else { return clibav_error_eof() }
        do {
            let buffer = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: wanted)
            let count = try unsafe file.read(into: buffer, at: range.lowerBound + position)
            position += count
            return count > 0 ? CInt(count) : clibav_error_eof()
        } catch {
            failure = error
            return clibav_error(EIO)
        }
    }

    func seek(to offset: Int64, whence: CInt) -> Int64 {
        if whence & AVSEEK_SIZE != 0 { return Int64(range.count) }
        let base: Int? =
            switch whence & 3 {
            case SEEK_SET: 0
            case SEEK_CUR: position
            case SEEK_END: range.count
            default: nil
            }
        guard let base else { return Int64(clibav_error(EINVAL)) }
        let (target, overflow) = base.addingReportingOverflow(Int(offset))
        guard !overflow, target >= 0 else { return Int64(clibav_error(EINVAL)) }
        position = min(target, range.count)
        return Int64(position)
    }
}

/// libav's reading context over a part of a file. It is freed exactly once, after the demuxer that uses it.
@safe struct InputContext: ~Copyable {
    private static let bufferSize = 32_768

    private let context: UnsafeMutablePointer<AVIOContext>
    private let bytes: InputBytes

    /// Why a read failed, if one did.
    var failure: MediaError? { bytes.failure }

    private init(owning context: UnsafeMutablePointer<AVIOContext>, _ bytes: InputBytes) {
        unsafe self.context = context
        self.bytes = bytes
    }

    deinit {
        // The buffer may have been replaced by libav, so it is freed through the context.
        var buffer: UnsafeMutableRawPointer? = unsafe UnsafeMutableRawPointer(context.pointee.buffer)
        unsafe av_freep(&buffer)
        var context: UnsafeMutablePointer<AVIOContext>? = unsafe self.context
        unsafe avio_context_free(&context)
    }

    /// Lets a demuxer read from here. The owner of the demuxer owns this context too, and frees it after the demuxer.
    func attach(to demuxer: UnsafeMutablePointer<AVFormatContext>) {
        unsafe demuxer.pointee.pb = unsafe context
        unsafe demuxer.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    }

    static func open(_ file: MediaFile, _ range: Range<Int>) throws(MediaError) -> InputContext {
        let bytes = InputBytes(file, range)
        guard let buffer = unsafe av_malloc(bufferSize) else { throw MediaError.outOfMemory }
        let context = unsafe avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self),
            CInt(bufferSize),
            0,
            Unmanaged.passUnretained(bytes).toOpaque(),
            { opaque, buffer, size in
                guard let opaque = unsafe opaque, let buffer = unsafe buffer else { return clibav_error(EINVAL) }
                let bytes = unsafe Unmanaged<InputBytes>.fromOpaque(opaque).takeUnretainedValue()
                return unsafe bytes.read(into: buffer, count: Int(size))
            },
            nil,
            { opaque, offset, whence in
                guard let opaque = unsafe opaque else { return Int64(clibav_error(EINVAL)) }
                return unsafe Unmanaged<InputBytes>.fromOpaque(opaque).takeUnretainedValue()
                    .seek(to: offset, whence: whence)
            }
        )
        guard let context = unsafe context else {
            unsafe av_free(buffer)
            throw MediaError.outOfMemory
        }
        return unsafe InputContext(owning: context, bytes)
    }
}
