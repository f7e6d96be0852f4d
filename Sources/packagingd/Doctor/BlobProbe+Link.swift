import Blobs
import HTTP
import Model
import Services

extension BlobProbe {
    /// Writes a blob, reads it through a link as anybody can, and deletes it.
    ///
    /// - Throws: ``PackagingError`` or ``BlobError`` with the reason. It holds nothing of the link.
    static func followLink(on blobs: any BlobStore, with client: HTTPClient, now: Instant) async throws {
        let location = BlobLocation(container: container, path: "probe/\(Identifier<BlobProbe>.random())")
        let bytes = Array(location.path.utf8)
        try await blobs.write(to: location) { append in try await append(bytes) }
        do {
            let terms = LinkTerms(expiresAt: now + .seconds(60), fileName: "probe.txt", mediaType: "text/plain")
            if let url = try await blobs.link(to: location, terms) {
                let answer = try await client.get(HTTPAddress(url), limit: 1 << 16, timeout: .seconds(30))
                guard answer.status == 200, answer.body == bytes else {
                    throw PackagingError(.unavailable, "a link to a blob is answered with status \(answer.status)")
                }
            }
        } catch {
            try? await blobs.delete(location)
            throw error
        }
        try await blobs.delete(location)
    }
}
