import HTTP
import Model
import Synchronization
import TestSupport
import Testing

@testable import CloudBlobs

/// Asks a server of the test without signatures, and takes its statuses as they are.
private final class PlainDialect: CloudDialect {
    let url: String
    let signatures = Mutex(0)

    init(url: String) { self.url = url }

    func signed(_ request: CloudRequest, _ limits: CloudLimits) async throws(CloudFault) -> HTTPRequest {
        signatures.withLock { $0 += 1 }
        let address = try CloudEndpoint(url).address(request.path, request.query)
        return HTTPRequest(
            request.method,
            address,
            headers: request.headers,
            body: request.body,
            limit: request.limit,
            timeout: .seconds(60)
        )
    }

    func fault(in response: HTTPResponse, to request: CloudRequest) -> CloudFault? {
        guard response.status >= 300 else { return nil }
        let isTransient = [408, 429, 500, 502, 503, 504].contains(response.status)
        return CloudFault(kind: isTransient ? .transient : .refused, message: "status \(response.status)")
    }
}

@Suite("Requests that are sent again")
struct CloudSenderTests {
    /// The waits of a sender, which take no time.
    private final class Waits: Sendable {
        let all = Mutex<[Duration]>([])

        func chance(_ share: Double) -> CloudChance {
            CloudChance(
                elapsed: { [self] in all.withLock { $0.reduce(.zero, +) } },
                sleep: { [self] wait in all.withLock { $0.append(wait) } },
                share: { share }
            )
        }
    }

    /// A server that gives these replies one after another, and the last one again and again.
    private func server(_ replies: [LocalHTTPServer.Reply]) -> LocalHTTPServer {
        let left = Mutex(replies[...])
        return LocalHTTPServer { _ in left.withLock { $0.count > 1 ? $0.removeFirst() : replies[replies.count - 1] } }
    }

    private func status(_ status: Int, _ headers: [String] = []) -> LocalHTTPServer.Reply {
        .answer(status: status, headers: headers, body: [])
    }

    private let request = CloudRequest(method: .put, path: "/a", body: [1, 2, 3])

    @Test(
        "what may succeed later is sent again, whole and signed anew",
        arguments: [408, 429, 500, 502, 503, 504]
    )
    func again(code: Int) async throws {
        let server = server([status(code), status(code), status(201)])
        defer { server.stop() }
        let (waits, dialect) = (Waits(), PlainDialect(url: server.url))
        let answer = try await CloudSender(dialect: dialect, client: HTTPClient(), chance: waits.chance(1)).send(
            request
        )
        #expect(answer.response.status == 201 && answer.isRepeated == (code >= 500))
        #expect(server.bodies == [[1, 2, 3], [1, 2, 3], [1, 2, 3]])
        #expect(dialect.signatures.withLock { $0 } == 3)
        #expect(waits.all.withLock { $0 } == [.milliseconds(800), .milliseconds(1600)])
    }

    @Test("what will never succeed is sent once", arguments: [400, 401, 403, 404, 409, 412, 501, 505])
    func once(code: Int) async throws {
        let server = server([status(code), status(201)])
        defer { server.stop() }
        let sender = CloudSender(
            dialect: PlainDialect(url: server.url),
            client: HTTPClient(),
            chance: Waits().chance(1)
        )
        let fault = await #expect(throws: CloudFault.self) { try await sender.send(request) }
        #expect(fault?.kind == .refused && server.requests.count == 1)
    }

    @Test("attempts end with their number or with their time, and the last fault tells that it may have happened")
    func ends() async throws {
        let server = server([.raw(""), status(503)])
        defer { server.stop() }
        let waits = Waits()
        var sender = CloudSender(dialect: PlainDialect(url: server.url), client: HTTPClient(), chance: waits.chance(0))
        let fault = await #expect(throws: CloudFault.self) { try await sender.send(request) }
        #expect(fault?.message == "status 503, at attempt 6" && fault?.mayHaveHappened == true)
        #expect(server.requests.count == 6)
        sender.limits.budget = .seconds(2)
        sender.chance = Waits().chance(1)
        _ = await #expect(throws: CloudFault.self) { try await sender.send(request) }
        #expect(server.requests.count == 6 + 3, "after 0.8 and 1.6 seconds the time is over")
    }

    @Test("a wait is no shorter than the service asks for, and no longer than a minute")
    func retryAfter() async throws {
        let server = server([status(503, ["Retry-After: 7"]), status(503, ["Retry-After: 9999"]), status(200)])
        defer { server.stop() }
        let waits = Waits()
        _ = try await CloudSender(dialect: PlainDialect(url: server.url), client: HTTPClient(), chance: waits.chance(0))
            .send(request)
        #expect(waits.all.withLock { $0 } == [.seconds(7), .seconds(60)])
        let limits = CloudLimits()
        #expect(limits.wait(after: 9, share: 1, asked: nil) == .seconds(60))
        #expect(limits.wait(after: 1, share: 0.5, asked: .seconds(-1)) == .milliseconds(400))
        // Else there would never be a second attempt.
        #expect(limits.timeout(moving: 8 << 20) < limits.budget / 2)
    }

    @Test("a read that is cut goes on where it was, of the same blob only, and need not begin anew")
    func resumes() async throws {
        let cut = "HTTP/1.1 206 Partial\r\nContent-Length: 100\r\nETag: \"v1\"\r\n\r\n"
        let server = server([
            .raw(cut + "abc"), status(503), .raw(cut + "de"), .answer(status: 206, body: Array("f".utf8)),
        ])
        defer { server.stop() }
        let sender = CloudSender(
            dialect: PlainDialect(url: server.url),
            client: HTTPClient(),
            chance: Waits().chance(0)
        )
        let bytes = try await sender.read(upTo: 6) { skipping, tag in
            CloudRequest(
                method: .get,
                path: "/a",
                headers: [HTTPField("x-from", "\(skipping) \(tag ?? "-")")],
                limit: 100
            )
        }
        #expect(bytes == Array("abcdef".utf8))
        let asked = server.requests.compactMap { $0.split(separator: "\r\n").first { $0.hasPrefix("x-from") } }
        #expect(asked == ["x-from: 0 -", "x-from: 3 \"v1\"", "x-from: 3 \"v1\"", "x-from: 5 \"v1\""])
    }

    @Test("a task that is cancelled while it waits sends nothing more")
    func cancelled() async throws {
        let server = server([status(503)])
        defer { server.stop() }
        var chance = Waits().chance(0)
        chance.sleep = { _ in throw CancellationError() }
        let sender = CloudSender(dialect: PlainDialect(url: server.url), client: HTTPClient(), chance: chance)
        let fault = await #expect(throws: CloudFault.self) { try await sender.send(request) }
        #expect(fault?.kind == .refused && server.requests.count == 1)
    }
}
