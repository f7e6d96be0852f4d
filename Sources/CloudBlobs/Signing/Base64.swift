import struct Foundation.Data

/// Base64 with the usual alphabet and padding (RFC 4648 §4).
enum Base64 {
    static func text(of bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The bytes that `text` spells; nil if it is not Base64.
    static func bytes(of text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }
}
