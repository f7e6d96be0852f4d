/// The ten bytes before the body of every ttrpc frame: body length, stream, type, flags; numbers in network order.
package struct FrameHeader: Sendable, Hashable {
    /// The bytes of an encoded header.
    package static let size = 10

    /// The bytes that a body may have: 4 MiB, inclusive.
    package static let maximumLength = 4 << 20

    /// What a frame is.
    package struct Kind: RawRepresentable, Sendable, Hashable {
        /// The type byte.
        package var rawValue: UInt8

        /// The kind with this type byte. Frames of unknown kinds are to be skipped.
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Opens a stream. Only clients send it.
        package static let request = Kind(rawValue: 1)
        /// Ends a stream. Only servers send it.
        package static let response = Kind(rawValue: 2)
        /// One message of a stream, or its end.
        package static let data = Kind(rawValue: 3)
    }

    /// The flags of a frame.
    package struct Flags: OptionSet, Sendable, Hashable {
        /// The flag byte.
        package let rawValue: UInt8

        /// The flags of this byte.
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The sender will send nothing more on the stream.
        package static let remoteClosed = Flags(rawValue: 0x01)
        /// The sender will send more on the stream.
        package static let remoteOpen = Flags(rawValue: 0x02)
        /// The frame brings no message. An empty body without this flag is an empty message.
        package static let noData = Flags(rawValue: 0x04)
    }

    /// The number of bytes in the body. A header from the wire may state more than ``maximumLength``; such a body must
    /// not be buffered.
    package var length: Int
    /// The stream. Clients use odd numbers.
    package var streamID: UInt32
    /// What the frame is.
    package var kind: Kind
    /// The flags.
    package var flags: Flags

    /// A header for a body of `length` bytes.
    package init(length: Int, streamID: UInt32, kind: Kind, flags: Flags = []) {
        self.length = length
        self.streamID = streamID
        self.kind = kind
        self.flags = flags
    }

    /// Reads a header.
    ///
    /// - Parameter bytes: At least ``size`` bytes; those after the header are ignored.
    /// - Throws: ``WireError`` with `truncated` if there are fewer.
    package init(_ bytes: RawSpan) throws(WireError) {
        guard bytes.byteCount >= Self.size else { throw WireError(.truncated) }
        func byte(_ offset: Int) -> UInt32 { UInt32(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) }
        func word(_ offset: Int) -> UInt32 {
            byte(offset) << 24 | byte(offset + 1) << 16 | byte(offset + 2) << 8 | byte(offset + 3)
        }
        self.init(
            length: Int(word(0)),
            streamID: word(4),
            kind: Kind(rawValue: UInt8(truncatingIfNeeded: byte(8))),
            flags: Flags(rawValue: UInt8(truncatingIfNeeded: byte(9)))
        )
    }

    /// Whether the body is too long to be accepted.
    package var exceedsMaximum: Bool { length > Self.maximumLength }

    /// The header on the wire.
    ///
    /// - Throws: ``WireError`` with `frameTooLong` if the body would be refused.
    package func serialized() throws(WireError) -> [UInt8] {
        guard !exceedsMaximum else { throw WireError(.frameTooLong(length)) }
        func byte(_ word: UInt32, _ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: word >> shift) }
        let length = UInt32(length)
        return [
            byte(length, 24), byte(length, 16), byte(length, 8), byte(length, 0),
            byte(streamID, 24), byte(streamID, 16), byte(streamID, 8), byte(streamID, 0),
            kind.rawValue, flags.rawValue,
        ]
    }
}
