import HTTP
import Model
import Testing

@Suite("Which addresses are asked")
struct AddressTests {
    @Test(
        "https everywhere, and http on this machine only",
        arguments: [
            ("https://login.example.com/keys.json", "https://login.example.com", false),
            ("https://LOGIN.example.com:8443/a?b=c#d", "https://login.example.com", false),
            ("HTTPS://login.example.com", "https://login.example.com", false),
            ("https://192.0.2.1/keys", "https://192.0.2.1", false),
            ("https://[2001:db8::1]/keys", "https://[2001:db8::1]", false),
            ("http://127.0.0.1:8080/keys", "http://127.0.0.1", true),
            ("http://127.200.0.9/keys", "http://127.200.0.9", true),
            ("http://localhost/keys", "http://localhost", true),
            ("http://LOCALHOST/keys", "http://localhost", true),
            ("http://[::1]:80/keys", "http://[::1]", true),
        ]
    )
    func taken(_ url: String, _ shown: String, _ isLoopback: Bool) throws {
        let address = try HTTPAddress(url)
        #expect("\(address)" == shown)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(
        "everything else is refused, with the reason and without the URL",
        arguments: [
            ("http://login.example.com/hunter2", "is not encrypted"),
            ("http://127.0.0.1.example.com/hunter2", "is not encrypted"),
            ("http://localhost.example.com/hunter2", "is not encrypted"),
            ("http://127.0.0.1@example.com/hunter2", "holds a user or a password"),
            ("http://[::ffff:127.0.0.1]/hunter2", "is not encrypted"),
            ("http://0.0.0.0/hunter2", "is not encrypted"),
            ("https://ada:hunter2@login.example.com/", "holds a user or a password"),
            ("https://hunter2@login.example.com/", "holds a user or a password"),
            ("file:///etc/hunter2", "is neither https nor http"),
            ("ftp://login.example.com/hunter2", "is neither https nor http"),
            ("gopher://127.0.0.1/hunter2", "is neither https nor http"),
            ("login.example.com/hunter2", "cannot be parsed"),
            ("/etc/hunter2", "cannot be parsed"),
            ("", "cannot be parsed"),
            ("https://", "cannot be parsed"),
            ("https://login.example.com:99999/hunter2", "cannot be parsed"),
            ("https://login.example.com/hunter2\r\nHost: b", "has a space or a character outside ASCII"),
            ("https://login.example.com/hunter2 b", "has a space or a character outside ASCII"),
            ("https://lögin.example.com/hunter2", "has a space or a character outside ASCII"),
            ("https://login.example.com/hunter2\0", "has a space or a character outside ASCII"),
        ]
    )
    func refused(_ url: String, _ words: String) {
        let error = #expect(throws: PackagingError.self) { try HTTPAddress(url) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(words) == true, "\(url): \(error?.message ?? "taken")")
        #expect(error?.message.contains("hunter2") == false)
    }
}
