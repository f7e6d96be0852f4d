import Foundation
import Model
import Protobuf
import Testing

@testable import TTRPC

/// The conversations recorded from Go's implementation.
struct Transcripts: Decodable {
    /// One conversation, or one ill-formed input.
    struct Session: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var frames: [RecordedFrame]
        var end: String?
        var clientSaw: [String]?
        var clientHalfCloses: Bool?
        var connection: String?
        var defect: Bool

        var testDescription: String { name }
    }

    /// One frame, or less than one.
    struct RecordedFrame: Decodable, Sendable {
        struct Rebuild: Decodable, Sendable {
            var prefixHex: String
            var patternLength: Int
        }

        var from: String
        var stream: UInt32?
        var type: String
        var hex: String?
        var headerHex: String?
        var bodyRebuild: Rebuild?

        var isFromClient: Bool { from == "client" }

        /// The bytes on the wire.
        var bytes: [UInt8] {
            if let hex { return Self.bytes(hex) }
            guard let headerHex, let bodyRebuild else { return [] }
            return Self.bytes(headerHex) + Self.bytes(bodyRebuild.prefixHex)
                + EchoService.pattern(bodyRebuild.patternLength)
        }

        /// The frame; only for whole ones.
        var frame: Frame {
            let bytes = bytes
            // swift-format-ignore: NeverUseForceTry
            let header = try! FrameHeader(unsafe bytes.span.bytes)
            return Frame(
                header.kind,
                on: header.streamID,
                flags: header.flags,
                body: Array(bytes.dropFirst(FrameHeader.size))
            )
        }

        private static func bytes(_ hex: String) -> [UInt8] {
            Hexadecimal.bytes(of: hex) ?? []
        }
    }

    var sessions: [Session]
    var badInputs: [Session]

    static let all: Transcripts = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Resources/ttrpc-transcripts.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Transcripts.self, from: Data(contentsOf: file))
        } catch {
            fatalError("cannot read \(file.path): \(error)")
        }
    }()
}
