internal import CLibAV
package import Descriptors

extension ImageHeader {
    /// The largest single allocation while an image is decoded. A picture of 64 million pixels with four components of 16
    /// bits has 512 MB.
    private static let largestAllocation = 600 << 20

    /// Reads the header of an image as ``read(descriptor:range:)`` does, and decodes its pixels, which a file can lack although
    /// each of its parts is whole.
    ///
    /// - Parameter maximumPixels: The largest accepted product of width and height. A larger image is not decoded.
    /// - Throws: ``MediaError`` as for the header; also `tooLarge` above the maximum, and `damaged` if not every pixel can be
    ///   decoded.
    package static func decode(descriptor: Descriptor, maximumPixels: Int) throws(MediaError) -> ImageHeader {
        let header = try read(descriptor: descriptor)
        // Both numbers are below 2^31, so the product fits.
        guard header.width * header.height <= maximumPixels else {
            throw MediaError(
                .tooLarge,
                "it is \(header.width) by \(header.height) pixels, more than \(maximumPixels) in all"
            )
        }
        Library.prepare()
        av_max_alloc(largestAllocation)
        defer { av_max_alloc(Library.largestAllocation) }
        let file = try MediaFile(descriptor)
        let decoder = try Decoder.open(imagesOf: header.format)
        let packet = try Packet()
        let frame = try Frame()
        try packet.fill(with: file.bytes(at: 0, count: file.size))
        LogTail.clear()
        try av(.damaged, "its pixels cannot be decoded", decoder.send(packet))
        try av(.damaged, "its pixels cannot be decoded", decoder.receive(frame))
        // libav gives a picture that is only partly there, and says so in its log alone.
        guard LogTail.suffix.isEmpty else {
            throw MediaError(.damaged, "not all of its pixels are there\(LogTail.suffix)")
        }
        let size = frame.pixels
        guard size.width == header.width, size.height == header.height else {
            throw MediaError(
                .damaged,
                "its header says that it is \(header.width) by \(header.height) pixels, and it has "
                    + "\(size.width) by \(size.height)"
            )
        }
        return header
    }
}

extension ImageHeader.Format {
    /// libav's name of the decoder.
    var decoderName: String {
        switch self {
        case .jpeg: "mjpeg"
        case .png: "png"
        }
    }
}
