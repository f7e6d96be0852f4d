import Foundation
import PackagingMessages
import Protobuf
import Testing

/// protoc's reading of our bytes. It is an independent implementation in C++.
@Suite("Against protoc", .enabled(if: Protoc.isInstalled))
struct ProtocTests {
    @Test("protoc reads every message as we write it, and writes the same bytes")
    func everyMessage() throws {
        let seed = UInt64.random(in: 0...(.max))
        for type in allMessages {
            var random = RandomMessage(seed: seed)
            let written = try type.init(serialized: random.bytes(of: type.descriptor)).serialized()
            let text = try Protoc.run(["--decode=\(type.messageName)"], written)
            let again = try Protoc.run(["--encode=\(type.messageName)", "--deterministic_output"], text)
            #expect(written == again, "\(type.messageName), seed \(seed)")
        }
    }

    @Test("the frame that PROTOCOL.md shows is the one that is sent")
    func example() throws {
        let payload = try GetJobRequest(jobID: "j1").serialized()
        let method = PackagingMethods.getJob
        let body = try TTRPCRequest(service: method.service, method: method.name, payload: payload).serialized()
        let header = try FrameHeader(length: body.count, streamID: 1, kind: .request).serialized()
        #expect(header == [0, 0, 0, 0x2c, 0, 0, 0, 1, 1, 0])
        let expected: [UInt8] =
            [0x0a, 0x1c] + "khipu.packaging.v1.Packaging".utf8 + [0x12, 0x06] + "GetJob".utf8
            + [0x1a, 0x04, 0x0a, 0x02, 0x6a, 0x31]
        #expect(body == expected)
    }
}

private enum Protoc {
    private static let path = "/usr/bin/protoc"
    private static let proto = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../proto")
    private static let files = [
        "google/protobuf/any.proto", "google/protobuf/duration.proto", "google/protobuf/timestamp.proto",
        "google/rpc/error_details.proto", "google/rpc/status.proto", "grpc/health/v1/health.proto",
        "khipu/packaging/v1/packaging.proto", "khipu/packaging/v1/projects.proto",
        "khipu/packaging/worker/v1/worker.proto", "ttrpc/envelope.proto",
    ]

    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

    struct Failure: Error {
        var arguments: [String]
    }

    /// Runs protoc over all our files with `input` on its standard input.
    static func run(_ arguments: [String], _ input: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-I\(proto.path())"] + arguments + files
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        try process.run()
        // A random message is shorter than what a pipe holds, so neither side waits for the other.
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input))
        try standardInput.fileHandleForWriting.close()
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
        return Array(output)
    }
}
