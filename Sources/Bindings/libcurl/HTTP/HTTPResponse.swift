/// The answer of an HTTP server.
package struct HTTPResponse: Sendable, Hashable {
    /// The status, such as 200.
    package var status: Int
    /// The body.
    package var body: [UInt8]

    /// An answer.
    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}
