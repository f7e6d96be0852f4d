import CProtobufC
import CProtocPlugin

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// All of standard input.
func readStandardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
        guard count > 0 else { return bytes }
        bytes += buffer[..<count]
    }
}

/// Writes `bytes` to standard output; stops if the reader accepts no more.
func writeStandardOutput(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

extension Request {
    /// Reads the request. It comes from protoc itself, so its bytes are trusted.
    init(_ bytes: [UInt8]) throws(GeneratorError) {
        let unpacked = unsafe bytes.withUnsafeBufferPointer {
            unsafe google__protobuf__compiler__code_generator_request__unpack(nil, $0.count, $0.baseAddress)
        }
        guard let request = unsafe unpacked else {
            throw GeneratorError("standard input is not a CodeGeneratorRequest; protoc runs this program")
        }
        defer { unsafe google__protobuf__compiler__code_generator_request__free_unpacked(request, nil) }
        files = []
        for index in unsafe 0..<request.pointee.n_proto_file {
            guard let file = unsafe request.pointee.proto_file[index] else { continue }
            try unsafe files.append(ProtoFile(UnsafePointer(file)))
        }
        wanted = unsafe (0..<request.pointee.n_file_to_generate).map {
            unsafe string(request.pointee.file_to_generate[$0])
        }
        parameter = unsafe string(request.pointee.parameter)
    }
}

/// The response with the generated files.
func encodeResponse(_ files: [Request.Output]) -> [UInt8] {
    files.flatMap { file in
        [ResponseField.file]
            + lengthPrefixed(
                [FileField.name] + lengthPrefixed(Array(file.name.utf8))
                    + [FileField.content] + lengthPrefixed(Array(file.text.utf8))
            )
    }
}

/// The response that makes protoc fail with `error`.
func encodeResponse(error: String) -> [UInt8] {
    [ResponseField.error] + lengthPrefixed(Array(error.utf8))
}

// The tags of CodeGeneratorResponse, whose fields are all length-prefixed. They are so few that writing them needs no C
// struct.
private enum ResponseField {
    static let error: UInt8 = 1 << 3 | 2
    static let file: UInt8 = 15 << 3 | 2
}

private enum FileField {
    static let name: UInt8 = 1 << 3 | 2
    static let content: UInt8 = 15 << 3 | 2
}

private func lengthPrefixed(_ bytes: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    var rest = bytes.count
    while rest >= 0x80 {
        length.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
    }
    return length + [UInt8(rest)] + bytes
}
