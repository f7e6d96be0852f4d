/// The answer of an HTTP server.
package struct HTTPResponse: Sendable, Hashable {
    /// The status, such as 200.
    package var status: Int
    /// The fields, in the order in which they came.
    package var headers: [HTTPField]
    /// The body.
    package var body: [UInt8]

    /// An answer.
    package init(status: Int, headers: [HTTPField] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first field with a name, in which case does not count; nil if there is none.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
