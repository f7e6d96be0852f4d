package import CProtobufC

/// From bytes to values.
package enum Unpacking {
    /// The message in `bytes`. The bytes are checked, the C library unpacks them into an arena, and `copy` copies the
    /// result out of it.
    package static func message<Value, C>(
        _ bytes: UnsafeRawBufferPointer,
        _ descriptor: MessageDescriptor,
        _ copy: (UnsafePointer<C>) -> Value
    ) throws(WireError) -> Value {
        let budget = WireLimits.memory(forBytes: bytes.count)
        let expected = try unsafe MessageCheck.memory(of: bytes, descriptor, budget: budget)
        return try Arena.with(expected: expected, budget: budget) { arena throws(WireError) in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let unpacked = unsafe arena.withAllocator { allocator in
                unsafe protobuf_c_message_unpack(descriptor.pointer, allocator, bytes.count, start)
            }
            guard let message = unsafe unpacked else {
                throw WireError(arena.isExhausted ? .tooMuchMemory : .malformed)
            }
            return unsafe copy(UnsafeRawPointer(message).assumingMemoryBound(to: C.self))
        }
    }
}

/// Copies of what the C structs hold.
extension Unpacking {
    /// A string.
    package static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        unsafe pointer.map { unsafe String(cString: $0) } ?? ""
    }

    /// Strings.
    package static func texts(_ count: Int, _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String]
    {
        guard let pointers = unsafe pointers else { return [] }
        return (0..<count).map { unsafe text(pointers[$0]) }
    }

    /// Bytes.
    package static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        unsafe [UInt8](UnsafeBufferPointer(start: data.data, count: data.len))
    }

    /// Elements without memory of their own, each made by `convert`.
    package static func elements<C, Value>(
        _ count: Int,
        _ pointer: UnsafeMutablePointer<C>?,
        _ convert: (C) -> Value
    ) -> [Value] {
        unsafe UnsafeBufferPointer(start: pointer, count: count).map { convert($0) }
    }

    /// A message; nil for an unset one.
    package static func message<C, Value>(
        _ pointer: UnsafeMutablePointer<C>?,
        _ copy: (UnsafePointer<C>) -> Value
    ) -> Value? {
        unsafe pointer.map { unsafe copy(UnsafePointer($0)) }
    }

    /// Messages.
    package static func messages<C, Value>(
        _ count: Int,
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?,
        _ copy: (UnsafePointer<C>) -> Value
    ) -> [Value] {
        guard let pointers = unsafe pointers else { return [] }
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            guard let pointer = unsafe pointers[index] else { continue }
            unsafe values.append(copy(UnsafePointer(pointer)))
        }
        return values
    }

    /// A map. If several entries have the same key, the last one counts, as protobuf demands.
    package static func map<C, Key: Hashable, Value>(
        _ count: Int,
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?,
        _ copy: (UnsafePointer<C>) -> (Key, Value)
    ) -> [Key: Value] {
        unsafe Dictionary(messages(count, pointers, copy)) { _, last in last }
    }
}
