internal import Descriptors
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A file of this machine that is read or written in order, on threads that may block.
///
/// NIO's own file handles are deprecated, and Foundation would be most of the library's size, so the few system calls
/// are made here. Only one task may use it at a time.
final class LocalFile: Sendable {
    private let path: String
    private let descriptor: Descriptor

    private init(path: String, descriptor: Descriptor) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens the file at `path` for reading.
    static func reading(_ path: String) async throws(PackagingError) -> LocalFile {
        let number = try await blocking("read \"\(path)\"") { unsafe open(path, O_RDONLY | O_CLOEXEC) }
        return LocalFile(path: path, descriptor: Descriptor(owning: number))
    }

    /// Opens the file at `path` for reading and writing; creates it if it does not exist.
    static func updating(_ path: String) async throws(PackagingError) -> LocalFile {
        let number = try await blocking("write \"\(path)\"") {
            unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        }
        return LocalFile(path: path, descriptor: Descriptor(owning: number))
    }

    /// The next bytes, at most `count`; empty only at the end.
    func read(upTo count: Int) async throws(PackagingError) -> [UInt8] {
        let descriptor = descriptor
        return try await Self.blocking("read \"\(path)\"") { () throws(SystemError) in
            var failure: SystemError?
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                // The kernel fills the buffer; it is not read before that.
                let result = descriptor.withNumber { number in
                    retrying { unsafe Glibc.read(number, buffer.baseAddress, count) }
                }
                filled = max(0, result)
                if result < 0 { failure = SystemError() }
            }
            if let failure { throw failure }
            return bytes
        }
    }

    /// Writes all of `bytes` after the last bytes read or written.
    func write(_ bytes: [UInt8]) async throws(PackagingError) {
        let descriptor = descriptor
        try await Self.blocking("write \"\(path)\"") { () throws(SystemError) in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = descriptor.withNumber { number in
                    unsafe rest.withUnsafeBytes { buffer in
                        retrying { unsafe Glibc.write(number, buffer.baseAddress, buffer.count) }
                    }
                }
                guard count >= 0 else { throw SystemError() }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Removes the file's content; the next write begins at the start.
    func clear() async throws(PackagingError) {
        let descriptor = descriptor
        _ = try await Self.blocking("write \"\(path)\"") { descriptor.withNumber { ftruncate($0, 0) } }
        _ = try await Self.blocking("write \"\(path)\"") {
            descriptor.withNumber { Int32(clamping: lseek($0, 0, SEEK_SET)) }
        }
    }

    /// Writes the bytes to disk, so that they survive a power cut, and gives the file its final name. A file that has
    /// the name is replaced.
    func publish(as name: String) async throws(PackagingError) {
        let (path, descriptor) = (path, descriptor)
        _ = try await Self.blocking("write \"\(path)\"") { descriptor.withNumber { fsync($0) } }
        _ = try await Self.blocking("rename \"\(path)\" to \"\(name)\"") { unsafe rename(path, name) }
    }

    /// Whether `path` is a folder.
    static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// Removes the file at `path`, if there is one.
    static func remove(_ path: String) { _ = unsafe unlink(path) }

    /// The system's text for the error `number`.
    static func text(ofError number: CInt) -> String { unsafe String(cString: strerror(number)).lowercased() }

    /// Makes a call that returns a negative number when it fails.
    private static func blocking(
        _ action: String,
        _ call: @escaping @Sendable () -> CInt
    ) async throws(PackagingError) -> CInt {
        try await blocking(action) { () throws(SystemError) in
            let result = retrying { Int(call()) }
            guard result >= 0 else { throw SystemError() }
            return CInt(result)
        }
    }

    private static func blocking<Result: Sendable>(
        _ action: String,
        _ body: @escaping @Sendable () throws(SystemError) -> Result
    ) async throws(PackagingError) -> Result {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try body() }
        } catch let error as SystemError {
            throw PackagingError(error.number == ENOENT ? .notFound : .unknown, "could not \(action): \(error)")
        } catch {
            throw PackagingError(.cancelled, "could not \(action): the threads for files have ended", cause: error)
        }
    }
}

/// The value of `errno` after a failed call.
private struct SystemError: Error, CustomStringConvertible {
    let number = errno

    var description: String { LocalFile.text(ofError: number) }
}

/// Repeats a call as long as a signal interrupts it.
private func retrying(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
