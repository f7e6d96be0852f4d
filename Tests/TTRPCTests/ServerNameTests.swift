import Testing

@testable import TTRPC

@Suite("Whose certificate it is")
struct ServerNameTests {
    @Test(
        "names are compared with names and addresses with addresses",
        arguments: [
            ("daemon.example", ["daemon.example"], true), ("DAEMON.Example.", ["daemon.example"], true),
            ("daemon.example", ["Daemon.EXAMPLE."], true), ("daemon.example", ["other.example"], false),
            ("daemon.example", [], false), ("a.daemon.example", ["daemon.example"], false),
            ("a.daemon.example", ["*.daemon.example"], true), ("a.b.daemon.example", ["*.daemon.example"], false),
            ("daemon.example", ["*.daemon.example"], false), ("daemon.example", ["*.example"], false),
            ("a.daemon.example", ["a*.daemon.example"], false), ("a.daemon.example", ["*.*.example"], false),
            (".daemon.example", ["*.daemon.example"], false), ("127.0.0.1", ["127.0.0.1"], false),
            ("localhost", ["x", "localhost"], true),
        ]
    )
    func names(_ host: String, _ names: [String], _ isServed: Bool) {
        #expect(
            ServerName(host).isServed(dnsNames: names, addresses: [[127, 0, 0, 1]]) == (isServed || host == "127.0.0.1")
        )
    }

    @Test("an address is the same in every way to write it, and never a name")
    func addresses() {
        let loopback: [UInt8] = Array(repeating: 0, count: 15) + [1]
        #expect(ServerName("::1") == .address(loopback))
        #expect(ServerName("0:0:0:0:0:0:0:1").isServed(dnsNames: [], addresses: [loopback]))
        #expect(!ServerName("::1").isServed(dnsNames: ["::1"], addresses: [[127, 0, 0, 1]]))
        #expect(!ServerName("localhost").isServed(dnsNames: [], addresses: [[127, 0, 0, 1]]))
    }
}
