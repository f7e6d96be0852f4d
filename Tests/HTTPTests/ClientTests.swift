import HTTP
import Model
import TestSupport
import Testing

@Suite("Asking an HTTP server")
struct ClientTests {
    private let client = HTTPClient()

    private func get(
        _ server: LocalHTTPServer,
        limit: Int = 1000,
        timeout: Duration = .seconds(60)
    ) async throws(PackagingError) -> HTTPResponse {
        try await client.get(HTTPAddress(server.url + "/keys?token=hunter2"), limit: limit, timeout: timeout)
    }

    /// The error of a request, which must fail.
    private func failure(
        _ server: LocalHTTPServer,
        limit: Int = 1000,
        timeout: Duration = .seconds(60)
    ) async throws -> PackagingError {
        let error = await #expect(throws: PackagingError.self) {
            try await get(server, limit: limit, timeout: timeout)
        }
        let failure = try #require(error)
        #expect(failure.message.hasPrefix("could not ask \"http://127.0.0.1\": "), "\(failure)")
        #expect(!"\(failure)".contains("hunter2"))
        return failure
    }

    @Test("the answer is given with its status, whatever that is", arguments: [200, 204, 404, 500, 503])
    func statuses(_ status: Int) async throws {
        let body = status == 204 ? [] : Array("the body".utf8)
        let server = LocalHTTPServer { _ in .answer(status: status, body: body) }
        defer { server.stop() }
        let answer = try await get(server)
        #expect(answer.status == status && answer.body == body)
    }

    @Test("headers are sent, and the client names itself")
    func headers() async throws {
        let server = LocalHTTPServer { _ in .answer(status: 200, body: []) }
        defer { server.stop() }
        let address = try HTTPAddress(server.url + "/a/../keys")
        _ = try await client.get(
            address,
            headers: [HTTPField("Accept", "application/json")],
            limit: 0,
            timeout: .seconds(60)
        )
        let head = try #require(server.requests.first)
        #expect(head.hasPrefix("GET /a/../keys HTTP/1.1\r\n"), "the path is sent as it was signed")
        #expect(head.contains("\r\nAccept: application/json\r\n"))
        #expect(head.contains("\r\nUser-Agent: khipu-packaging/\(Release.version)\r\n"))
    }

    @Test("a redirection is an answer, and not followed", arguments: [301, 302, 307])
    func redirection(_ status: Int) async throws {
        let other = LocalHTTPServer { _ in .answer(status: 200, body: []) }
        let server = LocalHTTPServer { _ in
            .answer(status: status, headers: ["Location: \(other.url)/keys"], body: [])
        }
        defer {
            server.stop()
            other.stop()
        }
        #expect(try await get(server).status == status)
        #expect(other.requests.isEmpty)
    }

    @Test("a body may have as many bytes as the limit says, and not one more, with and without a length")
    func limit() async throws {
        for isCounted in [true, false] {
            func server(_ count: Int) -> LocalHTTPServer {
                let body = String(repeating: "x", count: count)
                return LocalHTTPServer { _ in
                    isCounted
                        ? .answer(status: 200, body: Array(body.utf8)) : .raw("HTTP/1.1 200 OK\r\n\r\n" + body)
                }
            }
            let (fitting, larger) = (server(100_000), server(100_001))
            defer {
                fitting.stop()
                larger.stop()
            }
            #expect(try await get(fitting, limit: 100_000).body.count == 100_000)
            let error = try await failure(larger, limit: 100_000)
            #expect(error.code == .resourceExhausted)
            #expect(error.message.hasSuffix("the answer has more than 100000 bytes"))
        }
    }

    @Test("an answer without an end is cut off at the limit, and the connection closed")
    func endless() async throws {
        let piece = String(repeating: "x", count: 1000)
        let server = LocalHTTPServer { _ in .endless(start: "HTTP/1.1 200 OK\r\n\r\n", piece: piece) }
        defer { server.stop() }
        let error = try await failure(server, limit: 1 << 20)
        #expect(error.code == .resourceExhausted)
        try await server.clientLeft.wait("the end of the connection")
    }

    @Test("headers without an end are cut off")
    func endlessHeaders() async throws {
        let server = LocalHTTPServer { _ in .endless(start: "HTTP/1.1 200 OK\r\n", piece: "X-Filler: yyyyyyyyyyyy\r\n")
        }
        defer { server.stop() }
        let error = try await failure(server)
        #expect(error.code == .resourceExhausted)
        #expect(error.message.hasSuffix("the headers of the answer have more than 65536 bytes"))
    }

    @Test(
        "an answer that is not complete in time is an error",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"]
    )
    func slow(_ start: String) async throws {
        let server = LocalHTTPServer { _ in .silence(after: start) }
        defer { server.stop() }
        let error = try await failure(server, timeout: .milliseconds(300))
        #expect(error.code == .unavailable)
        #expect(error.message.hasSuffix("there was no complete answer within 0.3 s"))
        try await server.clientLeft.wait("the end of the connection")
    }

    @Test(
        "an answer that ends early, or is none, is an error",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "hello", "HTTP/1.1 200 OK\r\nContent-"]
    )
    func broken(_ answer: String) async throws {
        let server = LocalHTTPServer { _ in .raw(answer) }
        defer { server.stop() }
        #expect(try await failure(server).code == .unavailable)
    }

    @Test("a server that is not there is an error")
    func noServer() async throws {
        let server = LocalHTTPServer { _ in .raw("") }
        server.stop()
        // The port closes when its thread comes to it.
        while true {
            let error = try await failure(server)
            #expect(error.code == .unavailable)
            if error.message.contains("connect") { break }
        }
    }

    @Test("cancelling the task ends the request, and the connection")
    func cancelled() async throws {
        let asked = TestEvent<Void>()
        let server = LocalHTTPServer { _ in
            asked.happen()
            return .silence(after: "HTTP/1.1 200 OK\r\n\r\nab")
        }
        defer { server.stop() }
        let task = Task { try await failure(server) }
        try await asked.wait("the request")
        task.cancel()
        #expect(try await task.value.code == .cancelled)
        try await server.clientLeft.wait("the end of the connection")
        // The client serves others as before.
        let next = LocalHTTPServer { _ in .answer(status: 200, body: []) }
        defer { next.stop() }
        #expect(try await get(next).status == 200)
    }

    @Test("a task that is cancelled before it asks gets no answer")
    func cancelledBefore() async throws {
        let server = LocalHTTPServer { _ in .silence(after: "") }
        defer { server.stop() }
        let start = TestEvent<Void>()
        let task = Task {
            try? await start.wait("the start")
            return try await failure(server)
        }
        task.cancel()
        start.happen()
        #expect(try await task.value.code == .cancelled)
    }

    @Test("many requests at once each get their own answer, while others hang")
    func many() async throws {
        let server = LocalHTTPServer { head in
            let path = head.split(separator: " ")[1]
            return path == "/hang" ? .silence(after: "") : .answer(status: 200, body: Array(path.utf8))
        }
        defer { server.stop() }
        let hanging = (0..<20).map { _ in
            Task { try? await client.get(HTTPAddress(server.url + "/hang"), limit: 10, timeout: .seconds(600)) }
        }
        try await withThrowingTaskGroup { group in
            for number in 0..<100 {
                group.addTask {
                    let address = try HTTPAddress(server.url + "/\(number)")
                    let response = try await client.get(address, limit: 100, timeout: .seconds(60))
                    #expect(response.body == Array("/\(number)".utf8))
                }
            }
            try await group.waitForAll()
        }
        for task in hanging { task.cancel() }
        for task in hanging { _ = await task.value }
    }
}
