/// Why code cannot be generated. protoc prints the message and fails.
struct GeneratorError: Error {
    var message: String

    init(_ message: String) { self.message = message }
}
