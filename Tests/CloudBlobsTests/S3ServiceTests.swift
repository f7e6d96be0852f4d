import Blobs
import HTTP
import Model
import Synchronization
import TestSupport
import Testing

@testable import CloudBlobs

/// What servers of others do, which the servers of the other tests do not.
@Suite("S3 as some services speak it")
struct S3ServiceTests {
    private let location = BlobLocation(container: "t-0-temp", path: "a")

    private func store(_ server: LocalHTTPServer) -> CloudBlobStore {
        let now = { @Sendable in Instant(microseconds: 1_750_000_000_000_000) }
        let keys = ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "hunter2"]
        let settings = S3Settings(
            bucket: "books",
            prefix: "p",
            endpoint: server.url,
            region: "auto",
            isPathStyle: true,
            keys: AWSKeyFinder(environment: keys, file: nil, now: now)
        )
        let dialect = S3Dialect(settings, now: now)
        let chance = CloudChance(elapsed: { .zero }, sleep: { _ in }, share: { 0 })
        let sender = CloudSender(dialect: dialect, client: HTTPClient(), chance: chance)
        return CloudBlobStore(S3Service(settings, sender, dialect, now: now))
    }

    private func error(_ status: Int, _ code: String) -> LocalHTTPServer.Reply {
        .answer(status: status, body: Array("<Error><Code>\(code)</Code><Message>no</Message></Error>".utf8))
    }

    @Test("one without conditions is asked whether the blob is there, and takes it without", arguments: [true, false])
    func unconditional(isThere: Bool) async throws {
        let server = LocalHTTPServer { head in
            if head.hasPrefix("HEAD") {
                return isThere
                    ? .raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n")
                    : .raw("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            }
            return head.contains("If-None-Match") ? error(501, "NotImplemented") : .answer(status: 200, body: [])
        }
        defer { server.stop() }
        do {
            try await store(server).write(to: location) { append in try await append([1]) }
            #expect(!isThere)
        } catch let error as BlobError {
            #expect(isThere && error.kind == .alreadyExists, "\(error)")
        }
        let puts = server.requests.filter { $0.hasPrefix("PUT /books/p/t-0-temp/a ") }
        #expect(puts.count == (isThere ? 1 : 2))
    }

    @Test("an error that comes with status 200 is one, and a commit that failed so is sent again")
    func errorWithStatus200() async throws {
        let commits = Mutex(0)
        let server = LocalHTTPServer { head in
            if head.contains("?uploads=") {
                let body = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                return .answer(status: 200, body: Array(body.utf8))
            }
            if head.contains("partNumber=") { return .answer(status: 200, headers: ["ETag: \"e\""], body: []) }
            if head.hasPrefix("POST"),
                commits.withLock({
                    $0 += 1; return $0
                }) == 1
            {
                return error(200, "InternalError")
            }
            return .answer(status: 200, body: Array("<CompleteMultipartUploadResult/>".utf8))
        }
        defer { server.stop() }
        let bytes = [UInt8](repeating: 1, count: 9 << 20)
        try await store(server).write(to: location) { append in try await append(bytes) }
        #expect(commits.withLock { $0 } == 2)
    }

    @Test("a server that gives another part of a blob than was asked for, or ignores ranges, is not believed")
    func ranges() async throws {
        for reply in [
            LocalHTTPServer.Reply.answer(status: 200, body: Array("abcdef".utf8)),
            .answer(status: 206, headers: ["Content-Range: bytes 0-1/6"], body: Array("ab".utf8)),
            .answer(status: 206, body: Array("cd".utf8)),
        ] {
            let server = LocalHTTPServer { _ in reply }
            defer { server.stop() }
            let error = await #expect(throws: BlobError.self) {
                try await store(server).read(location, from: 2, upTo: 2)
            }
            #expect(error?.kind == .unavailable && error?.message.contains("gave a wrong answer") == true)
        }
    }

    @Test("an error names the server, the status and the service's own words, and no key or signature")
    func words() async throws {
        let server = LocalHTTPServer { _ in error(403, "AccessDenied") }
        defer { server.stop() }
        let denied = await #expect(throws: BlobError.self) { try await store(server).read(location, from: 0, upTo: 1) }
        let message = denied?.message ?? ""
        #expect(message == "\"127.0.0.1:\(server.port)\" answered GET with status 403 (AccessDenied: no)")
    }
}
