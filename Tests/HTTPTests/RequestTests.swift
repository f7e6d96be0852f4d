import HTTP
import Model
import TestSupport
import Testing

@Suite("Requests with bodies, and answers that break")
struct RequestTests {
    private let client = HTTPClient()

    private func request(
        _ method: HTTPMethod,
        _ server: LocalHTTPServer,
        headers: [HTTPField] = [],
        body: [UInt8] = [],
        stallLimit: Duration? = nil
    ) throws -> HTTPRequest {
        HTTPRequest(
            method,
            try HTTPAddress(server.url + "/container/blob?sig=hunter2"),
            headers: headers,
            body: body,
            limit: 10_000,
            timeout: .seconds(60),
            stallLimit: stallLimit
        )
    }

    /// The error of a request, which must fail.
    private func failure(_ request: HTTPRequest) async throws -> HTTPError {
        let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
        let failure = try #require(error)
        #expect(failure.message.hasPrefix("could not ask \"http://127.0.0.1\": "), "\(failure)")
        #expect(!"\(failure)".contains("hunter2"))
        return failure
    }

    @Test("a body is sent whole with its length, and nothing is added to it", arguments: [HTTPMethod.put, .post])
    func body(method: HTTPMethod) async throws {
        let server = LocalHTTPServer { _ in .answer(status: 201, body: []) }
        defer { server.stop() }
        for size in [0, 1, 5_000_000] {
            let body = [UInt8](repeating: 7, count: size)
            let answer = try await client.send(request(method, server, headers: [HTTPField("x-empty", "")], body: body))
            #expect(answer.status == 201)
            #expect(server.bodies.last == body)
            let head = try #require(server.requests.last).lowercased()
            #expect(head.hasPrefix("\(method.rawValue.lowercased()) /container/blob?sig=hunter2 http/1.1\r\n"))
            #expect(head.contains("\r\ncontent-length: \(size)\r\n"))
            #expect(head.contains("\r\nx-empty:\r\n"))
            for word in ["expect:", "content-type:", "transfer-encoding:"] { #expect(!head.contains(word)) }
        }
    }

    @Test("HEAD gives the length of a body that does not come, and DELETE is sent without one")
    func withoutBody() async throws {
        let server = LocalHTTPServer { head in
            head.hasPrefix("HEAD")
                ? .raw("HTTP/1.1 200 OK\r\ncontent-length: 4096\r\nETag:  \"abc\" \r\nConnection: close\r\n\r\n")
                : .answer(status: 202, body: [])
        }
        defer { server.stop() }
        let answer = try await client.send(request(.head, server))
        #expect(answer.status == 200 && answer.body.isEmpty)
        #expect(answer["Content-Length"] == "4096" && answer["etag"] == "\"abc\"" && answer["x-other"] == nil)
        #expect(try await client.send(request(.delete, server)).status == 202)
        #expect(server.requests.last?.hasPrefix("DELETE /container/blob") == true)
    }

    @Test("an answer that comes while the body is sent is an answer")
    func early() async throws {
        let server = LocalHTTPServer(readsBodies: false) { _ in
            .answer(status: 503, headers: ["Retry-After: 3"], body: Array("busy".utf8))
        }
        defer { server.stop() }
        let answer = try await client.send(request(.put, server, body: [UInt8](repeating: 1, count: 5_000_000)))
        #expect(answer.status == 503 && answer["retry-after"] == "3" && answer.body == Array("busy".utf8))
    }

    @Test("the fields are those of the last answer, not of an interim one")
    func interim() async throws {
        let server = LocalHTTPServer { _ in
            .raw("HTTP/1.1 100 Continue\r\nx-a: 1\r\n\r\nHTTP/1.1 200 OK\r\nx-b: 2\r\nConnection: close\r\n\r\nend")
        }
        defer { server.stop() }
        let answer = try await client.send(request(.put, server, body: [1]))
        #expect(answer["x-a"] == nil && answer["x-b"] == "2" && answer.body == Array("end".utf8))
    }

    @Test("what came of an answer that is cut comes with the error, and the request may have been carried out")
    func cut() async throws {
        let server = LocalHTTPServer { _ in
            .raw("HTTP/1.1 206 Partial\r\nContent-Length: 100\r\nETag: \"a\"\r\n\r\nhalf")
        }
        defer { server.stop() }
        let error = try await failure(request(.get, server))
        #expect(error.kind == .broken)
        #expect(error.partial?.status == 206 && error.partial?["etag"] == "\"a\"")
        #expect(error.partial?.body == Array("half".utf8))
        #expect(error.packagingError.code == .unavailable)
    }

    @Test("an answer that stands still ends with its limit, long before the whole time", .timeLimit(.minutes(1)))
    func stall() async throws {
        let server = LocalHTTPServer { _ in .silence(after: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") }
        defer { server.stop() }
        let error = try await failure(request(.get, server, stallLimit: .seconds(1)))
        #expect(error.kind == .broken && error.partial?.body == Array("half".utf8))
        #expect(error.message.hasSuffix("almost nothing moved for 1.0 s"), "\(error)")
    }

    @Test("a lost answer may belong to a request that was carried out, and a refused connection to none")
    func lost() async throws {
        let server = LocalHTTPServer { _ in .raw("") }
        let error = try await failure(request(.put, server, body: [1, 2, 3]))
        #expect(error.kind == .broken && error.partial == nil)
        #expect(server.bodies == [[1, 2, 3]])
        let gone = try request(.put, server, body: [1])
        server.stop()
        var refused = try await failure(gone)
        // The port is closed by another thread.
        while refused.kind == .broken { refused = try await failure(gone) }
        #expect(refused.kind == .unsent)
    }
}
