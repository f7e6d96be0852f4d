/// A message of the wire as a Swift value.
///
/// The conforming types are generated from `proto/`. A value holds no C memory. Fields that this build does not know
/// are dropped when a message is read.
public protocol WireMessage: Sendable, Hashable {
    /// The message's full name in its proto file, such as `khipu.packaging.v1.Job`.
    static var messageName: String { get }

    /// The message with every field at its default.
    init()

    /// Reads a message from protobuf's binary form.
    ///
    /// The bytes are not trusted: they are checked before anything is built from them, and the memory used is bounded
    /// by ``WireLimits``.
    ///
    /// - Throws: ``WireError``, naming the field, if the bytes are not this message or exceed a limit.
    init(serialized bytes: UnsafeRawBufferPointer) throws(WireError)

    /// The message in protobuf's binary form. Equal messages give equal bytes: fields are in the order of their numbers
    /// and maps in the order of their keys.
    ///
    /// - Throws: ``WireError`` if a string holds a NUL, which the C library cannot carry.
    func serialized() throws(WireError) -> [UInt8]

    /// Writes the message as a JSON value.
    ///
    /// Numbers, booleans, lists and maps are always written; empty strings and bytes, unset messages and oneofs, enums
    /// that are unspecified, and numbers that are not finite are left out.
    func writeJSON(to json: inout JSONWriter)
}

extension WireMessage {
    /// Reads a message from protobuf's binary form, like the initialiser that takes a buffer.
    public init(serialized bytes: [UInt8]) throws(WireError) {
        self = try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(WireError) in
            try unsafe Self(serialized: UnsafeRawBufferPointer(buffer))
        }
    }

    /// The message as one line of JSON.
    public var json: String {
        var writer = JSONWriter()
        writeJSON(to: &writer)
        return writer.text
    }
}

/// A generated message, for code in this package that handles messages through their descriptions.
package protocol DescribedMessage: WireMessage {
    /// The C library's description of the message.
    static var descriptor: MessageDescriptor { get }
}
