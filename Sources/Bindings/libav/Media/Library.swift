import CLibAV
import Glibc
import Synchronization

/// Identifies the code that renders the audio. Digests of rendered audio include it.
package enum MediaBuild {
    /// The versions and settings on which the bytes of a rendered chapter depend, on one line.
    ///
    /// Equal descriptions promise equal bytes for equal input.
    package static var description: String {
        Library.prepare()
        let lame = unsafe String(cString: clibav_lame_version())
        let instructions = String(av_get_cpu_flags(), radix: 16)
        return "avcodec \(dotted(avcodec_version())), avformat \(dotted(avformat_version())), "
            + "swresample \(dotted(swresample_version())), lame \(lame), "
            + "instructions \(instructions); bitexact, aac_pns=0"
    }

    /// A codec that this code opens by name.
    package struct Codec: Sendable, Hashable, CustomStringConvertible {
        /// Such as `decoder flac`.
        package let description: String
        /// Whether this build of libav has it.
        package let isPresent: Bool
    }

    /// Every codec that the program needs to accept all books and make all packages.
    package static var codecs: [Codec] {
        let encoders = ["aac", "libmp3lame"].map { (name: String) in
            Codec(description: "encoder \(name)", isPresent: unsafe avcodec_find_encoder_by_name(name) != nil)
        }
        let decoders = (SourceCodec.decoderNames + ImageHeader.Format.allCases.map(\.decoderName)).map {
            (name: String) in
            Codec(description: "decoder \(name)", isPresent: unsafe avcodec_find_decoder_by_name(name) != nil)
        }
        return encoders + decoders
    }

    private static func dotted(_ version: UInt32) -> String {
        "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)"
    }
}

/// The settings that are made once in a process, before libav is used for anything else.
enum Library {
    /// The largest single allocation in bytes; a hostile header asks for more.
    static let largestAllocation = 256 << 20

    private static let prepared: Void = {
        clibav_use_baseline_instructions()
        av_max_alloc(largestAllocation)
        unsafe clibav_log_to { _, line in
            guard let line = unsafe line else { return }
            LogTail.append(unsafe String(cString: line))
        }
    }()

    /// Whether the system gives `count` bytes of address space for this use. They are given back at once.
    static func canMap(_ count: Int, _ protection: CInt, _ flags: CInt) -> Bool {
        guard let bytes = unsafe mmap(nil, count, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0),
            unsafe bytes != MAP_FAILED
        else { return false }
        return unsafe munmap(bytes, count) == 0
    }

    /// Sets instruction set, allocation limit and log once; later calls do nothing.
    static func prepare() { prepared }
}

/// The first error line that libav wrote since ``clear()``. It says more than the error code that follows, and more
/// than the lines of the layers above it.
///
/// A worker decodes one thing at a time. If several threads decode, one may get the line of another.
enum LogTail {
    private static let first = Mutex<String?>(nil)

    static func append(_ line: String) {
        let words = line.split(whereSeparator: \.isNewline).joined(separator: " ")
        // libav complains that the codec of cover art is not on our list. That is intended: cover art is not decoded.
        guard !words.isEmpty, !words.hasPrefix("Codec (") else { return }
        first.withLock { $0 = $0 ?? words }
    }

    static func clear() { first.withLock { $0 = nil } }

    /// The line written since ``clear()``, as the end of a reason: ": invalid sync code".
    static var suffix: String {
        guard var line = first.withLock({ $0 }) else { return "" }
        // libav's time stamps mean nothing to the user, and are mostly unknown.
        if let times = line.firstRange(of: " at PTS") { line.removeSubrange(times.lowerBound...) }
        return ": " + line.prefix(160)
    }
}

/// Returns `result`, or throws an error of `kind` if it is negative: with `reason`, followed by libav's own message. When
/// memory ran out, it throws ``MediaError/outOfMemory`` instead.
@discardableResult
func av(_ kind: MediaError.Kind, _ reason: @autoclosure () -> String, _ result: CInt) throws(MediaError) -> CInt {
    guard result < 0 else { return result }
    throw failure(kind, reason(), result)
}

/// The error for a negative result of libav.
func failure(_ kind: MediaError.Kind, _ reason: String, _ result: CInt) -> MediaError {
    guard result != clibav_error(ENOMEM) else { return MediaError.outOfMemory }
    let tail = LogTail.suffix
    return MediaError(kind, reason + (tail.isEmpty ? ": " + errorText(result) : tail))
}

extension MediaError {
    /// The error for a failed allocation. A segment decodes in a few megabytes, so audio that needs more memory than a
    /// worker may have is refused as too large. It is not at fault if the whole system is short of memory.
    static var outOfMemory: MediaError {
        let isShort = outOfMemoryIsOfSystem(
            addressSpaceIsFree: Library.canMap(Library.largestAllocation, PROT_NONE, MAP_NORESERVE),
            memoryIsFree: Library.canMap(Library.largestAllocation, PROT_READ | PROT_WRITE, 0)
        )
        return isShort
            ? MediaError(.short(.memory), "the system gives no memory")
            : MediaError(.tooLarge, "it asks for more memory than a segment may have")
    }

    /// Whether the system, and no limit of this process, refuses memory. Address space that nobody may use is limited
    /// for this process only; memory is limited for the system, too.
    static func outOfMemoryIsOfSystem(addressSpaceIsFree: Bool, memoryIsFree: Bool) -> Bool {
        addressSpaceIsFree && !memoryIsFree
    }
}

private func errorText(_ code: CInt) -> String {
    var text = [CChar](repeating: 0, count: 128)
    unsafe av_strerror(code, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
