import Glibc

/// Calls `body` with `strings` as a C array: pointers to C strings, and a null pointer at the end.
func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    let copies = unsafe strings.map { unsafe UnsafePointer<CChar>(strdup($0)) } + [nil]
    defer { unsafe copies.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
    return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}

/// Calls `body` with the addresses and lengths of `values`; the address of a NULL is null.
func withParameters<Result>(
    _ values: [PostgresValue],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?) -> Result
) -> Result {
    // All values are in one block of memory, and a parameter's address is its offset in the block. An empty value needs
    // an address too, because a null pointer means NULL. So the block is never empty.
    let block: [UInt8] = values.reduce(into: []) { $0 += $1.bytes ?? [] } + [0]
    let lengths = values.map { CInt(clamping: $0.bytes?.count ?? 0) }
    return unsafe block.withUnsafeBytes { memory in
        var offset = 0
        var addresses: [UnsafePointer<CChar>?] = unsafe []
        for value in values {
            let start = unsafe memory.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            unsafe addresses.append(value.bytes == nil ? nil : start)
            offset += value.bytes?.count ?? 0
        }
        return unsafe addresses.withUnsafeBufferPointer { addresses in
            unsafe lengths.withUnsafeBufferPointer { unsafe body(addresses.baseAddress, $0.baseAddress) }
        }
    }
}
