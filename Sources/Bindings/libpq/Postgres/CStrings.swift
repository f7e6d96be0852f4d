import Glibc

/// Calls `body` with `strings` as C has them: an array of pointers that ends with a null pointer.
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
    // One block of memory for all: a parameter's address is its offset in it. An empty value still needs an address,
    // for a null pointer means NULL, so the block is never empty.
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
