package import CProtobufC

/// Copies of Swift values in the form that the C structs need. They live as long as the arena.
///
/// An arena for packing has no budget, because the memory that packing needs follows from the message's size.
extension Arena {
    /// Lays out `value` as a C struct.
    package typealias Fill<Value, C> = (Value, UnsafeMutablePointer<C>, inout Arena) throws(WireError) -> Void

    /// A C string.
    package mutating func text(_ value: String, _ field: String) throws(WireError) -> UnsafeMutablePointer<CChar> {
        var value = value
        let copied: UnsafeMutablePointer<CChar>? = value.withUTF8 { utf8 in
            guard unsafe !utf8.contains(0) else { return nil }
            let copy = unsafe array(of: CChar.self, utf8.count + 1)
            if let source = utf8.baseAddress {
                unsafe UnsafeMutableRawPointer(copy).copyMemory(from: source, byteCount: utf8.count)
            }
            unsafe copy[utf8.count] = 0
            return unsafe copy
        }
        guard let copied = unsafe copied else { throw WireError(.containsNUL, field: field) }
        return unsafe copied
    }

    /// C strings.
    package mutating func texts(
        _ values: [String],
        _ field: String
    ) throws(WireError) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        let copies = unsafe array(of: UnsafeMutablePointer<CChar>?.self, values.count)
        for (index, value) in values.enumerated() {
            do {
                try unsafe (copies + index).initialize(to: text(value, ""))
            } catch {
                throw error.inside("\(field)[\(index)]")
            }
        }
        return unsafe (values.count, copies)
    }

    /// Bytes with their length.
    package mutating func bytes(_ value: [UInt8]) -> ProtobufCBinaryData {
        let copy = unsafe array(of: UInt8.self, value.count)
        unsafe value.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe copy.initialize(from: start, count: source.count)
        }
        return unsafe ProtobufCBinaryData(len: value.count, data: copy)
    }

    /// Elements without memory of their own, each made by `convert`.
    package mutating func elements<Value, C>(
        _ values: [Value],
        _ convert: (Value) -> C
    ) -> (Int, UnsafeMutablePointer<C>?) {
        let copies = unsafe array(of: C.self, values.count)
        for (index, value) in values.enumerated() {
            unsafe (copies + index).initialize(to: convert(value))
        }
        return unsafe (values.count, copies)
    }

    /// A message, or nil for an unset one.
    package mutating func message<Value, C>(
        _ value: Value?,
        _ field: String,
        _ fill: Fill<Value, C>
    ) throws(WireError) -> UnsafeMutablePointer<C>? {
        guard let value else { return nil }
        let copy = unsafe array(of: C.self, 1)
        do {
            try unsafe fill(value, copy, &self)
        } catch {
            throw error.inside(field)
        }
        return unsafe copy
    }

    /// Messages.
    package mutating func messages<Value, C>(
        _ values: [Value],
        _ field: String,
        _ fill: Fill<Value, C>
    ) throws(WireError) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<C>?>?) {
        let pointers = unsafe array(of: UnsafeMutablePointer<C>?.self, values.count)
        for (index, value) in values.enumerated() {
            let copy = unsafe array(of: C.self, 1)
            do {
                try unsafe fill(value, copy, &self)
            } catch {
                throw error.inside("\(field)[\(index)]")
            }
            unsafe (pointers + index).initialize(to: copy)
        }
        return unsafe (values.count, pointers)
    }

    /// The entries of a map, in the order of their keys.
    package mutating func entries<Key: Comparable, Value, C>(
        _ values: [Key: Value],
        _ field: String,
        _ fill: Fill<(key: Key, value: Value), C>
    ) throws(WireError) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<C>?>?) {
        try unsafe messages(values.sorted { $0.key < $1.key }, field, fill)
    }

    private mutating func array<C>(of type: C.Type, _ count: Int) -> UnsafeMutablePointer<C> {
        guard let memory = unsafe take(count * MemoryLayout<C>.stride) else {
            preconditionFailure("an arena that is filled has no budget")
        }
        return unsafe memory.bindMemory(to: C.self, capacity: count)
    }
}
