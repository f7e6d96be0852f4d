import CProtobufC

/// From values to bytes.
package enum Packing {
    /// The binary form of the message that `fill` lays out.
    package static func bytes<Value, C>(of value: Value, _ fill: Arena.Fill<Value, C>) throws(WireError) -> [UInt8] {
        try Arena.with(expected: 1024) { arena throws(WireError) in
            guard let message = try unsafe arena.message(value, "", fill) else { return [] }
            let base = unsafe UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
            let size = unsafe protobuf_c_message_get_packed_size(base)
            // An array without capacity would write its length into the empty array that all threads share.
            guard size > 0 else { return [] }
            return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = unsafe protobuf_c_message_pack(base, buffer.baseAddress)
            }
        }
    }
}
