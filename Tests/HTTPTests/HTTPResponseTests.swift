import HTTP
import Testing

@Suite struct HTTPResponseTests {
    @Test("an answer is its status and its body") func value() {
        #expect(HTTPResponse(status: 200, body: [1]) == HTTPResponse(status: 200, body: [1]))
    }
}
