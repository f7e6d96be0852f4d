import Files
import Foundation
import HTTP
import Model
import NIOPosix

/// Where keys come from, and how often one looks there.
protocol KeySource: Sendable {
    /// The source as people know it. It holds no secret.
    var name: String { get }
    var pace: KeyPace { get }
    /// What stands there now.
    func read() async throws(PackagingError) -> [UInt8]
    /// The keys in what was read, and why others are not used.
    func keys(in bytes: [UInt8]) async throws(JSONFault) -> (set: KeySet, skipped: [String])
}

/// How often one looks for new keys.
struct KeyPace: Sendable, Hashable {
    /// The least time between two looks, whatever callers ask for.
    var pause: Duration
    /// The usual time between two looks.
    var usual: Duration

    static let file = KeyPace(pause: .seconds(1), usual: .seconds(1))
    static let url = KeyPace(pause: .seconds(10), usual: .seconds(300))
}

extension KeySource {
    func keys(in bytes: [UInt8]) async throws(JSONFault) -> (set: KeySet, skipped: [String]) {
        await (try KeySetDocument(bytes)).keySet()
    }
}

/// A file with a key set.
struct KeyFile: KeySource {
    let path: String
    var pace = KeyPace.file

    var name: String { path }

    func read() async throws(PackagingError) -> [UInt8] {
        try await onFileThread { () throws(FileError) in
            try SmallFile.read(path, limit: KeySetDocument.byteLimit).bytes
        }
    }
}

/// A URL where an issuer publishes its key set.
struct KeyURL: KeySource {
    let address: HTTPAddress
    var pace = KeyPace.url
    private let client: HTTPClient

    init(_ address: HTTPAddress, _ http: HTTPClient.Configuration = HTTPClient.Configuration()) {
        self.address = address
        client = HTTPClient(http)
    }

    var name: String { "\(address)" }

    func read() async throws(PackagingError) -> [UInt8] {
        let response = try await client.get(
            address,
            headers: [HTTPField("Accept", "application/jwk-set+json, application/json")],
            limit: KeySetDocument.byteLimit,
            timeout: .seconds(10)
        )
        guard response.status == 200 else {
            let redirects = (300..<400).contains(response.status) ? ", and is not followed elsewhere" : ""
            throw PackagingError(.unavailable, "\"\(address)\" answered with status \(response.status)\(redirects)")
        }
        return response.body
    }
}

/// Runs `body` on a thread for files, as the disk can be slow.
func onFileThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(FileError) -> Value
) async throws(PackagingError) -> Value {
    do {
        return try await NIOThreadPool.singleton.runIfActive(body)
    } catch {
        throw PackagingError(.unavailable, "\(error)", cause: error)
    }
}
