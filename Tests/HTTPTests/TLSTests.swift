import Descriptors
import Foundation
import HTTP
import Model
import Processes
import TestSupport
import Testing

@Suite("Asking a server with TLS")
struct TLSTests {
    /// Python's TLS server, which answers every connection with "hello".
    private static let script = """
        import ssl, socket, sys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        if len(sys.argv) > 3:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = getattr(ssl.TLSVersion, sys.argv[3])
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            try:
                connection = context.wrap_socket(connection, server_side=True)
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello")
                connection.close()
            except OSError:
                connection.close()
        """

    private static let launcher = Result { try Launcher() }

    private func launch(_ arguments: [String], output: Descriptor? = nil) async throws -> ChildProcess {
        try await Self.launcher.get().launch(
            ChildSpecification(
                executable: "/usr/bin/env",
                arguments: arguments,
                environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"],
                descriptors: output.map { [(child: CInt(1), parent: $0)] } ?? [],
                noNewPrivileges: false
            )
        )
    }

    /// Makes a certificate for `name` that vouches for itself.
    private func certificate(_ folder: TemporaryFolder, _ label: String, _ name: String) async throws {
        let openssl = try await launch(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=\(label)",
                "-keyout", folder.file("\(label).key"), "-out", folder.file("\(label).pem"), "-days", "2",
                "-addext", "subjectAltName=\(name)",
            ]
        )
        try #require(await openssl.wait() == .exited(0))
    }

    private func withServer(
        _ arguments: [String],
        _ body: (String) async throws -> Void
    ) async throws {
        let (reading, writing) = try Descriptor.pipe()
        let server = try await launch(["python3", "-c", Self.script] + arguments, output: writing)
        defer { server.signal(SIGKILL) }
        let line = reading.withNumber { number in
            var bytes = [UInt8](repeating: 0, count: 16)
            let count = unsafe read(number, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
        let port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        try await body("https://127.0.0.1:\(port)/keys")
    }

    private func get(_ url: String, trusting authorities: String?) async throws(PackagingError) -> HTTPResponse {
        var configuration = HTTPClient.Configuration()
        configuration.authorities = authorities
        return try await HTTPClient(configuration).get(HTTPAddress(url), limit: 100, timeout: .seconds(60))
    }

    private func expectRefused(_ url: String, trusting authorities: String?, _ words: String) async throws {
        let error = await #expect(throws: PackagingError.self) { try await get(url, trusting: authorities) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "answered")")
    }

    @Test("a server is asked only if a trusted authority vouches for its name")
    func certificates() async throws {
        try await withTemporaryFolder("tls") { folder in
            try await certificate(folder, "right", "IP:127.0.0.1")
            try await certificate(folder, "other", "DNS:other.example.com")
            try await withServer([folder.file("right.pem"), folder.file("right.key")]) { url in
                let response = try await get(url, trusting: folder.file("right.pem"))
                #expect(response.status == 200 && response.body == Array("hello".utf8))
                try await expectRefused(url, trusting: nil, "certificate")
                try await expectRefused(url, trusting: folder.file("other.pem"), "certificate")
                try await expectRefused(url, trusting: folder.file("none.pem"), "certificate")
            }
            try await withServer([folder.file("other.pem"), folder.file("other.key")]) { url in
                try await expectRefused(url, trusting: folder.file("other.pem"), "127.0.0.1")
            }
        }
    }

    @Test("TLS 1.2 is spoken, and nothing older")
    func versions() async throws {
        try await withTemporaryFolder("tls") { folder in
            try await certificate(folder, "right", "IP:127.0.0.1")
            let files = [folder.file("right.pem"), folder.file("right.key")]
            try await withServer(files + ["TLSv1_2"]) { url in
                let response = try await get(url, trusting: folder.file("right.pem"))
                #expect(response.status == 200)
            }
            try await withServer(files + ["TLSv1_1"]) { url in
                try await expectRefused(url, trusting: folder.file("right.pem"), "protocol version")
            }
        }
    }
}
