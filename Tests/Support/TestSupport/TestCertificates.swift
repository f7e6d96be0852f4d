internal import Foundation

/// Certificates and keys that openssl makes for the tests of one process, in a folder that ends with it. Nothing of them is
/// ever committed.
package final class TestCertificates: Sendable {
    /// A certificate and its key.
    package struct Pair: Sendable, Hashable {
        /// The file of the certificate.
        package let certificate: String
        /// The file of the key, which only its owner can read.
        package let key: String

        /// The files of both.
        package init(certificate: String, key: String) {
            (self.certificate, self.key) = (certificate, key)
        }
    }

    /// Those that the tests of this process share.
    package static let shared: Result<TestCertificates, any Error> = Result { try TestCertificates() }

    private let folder = TemporaryFolder("certificates")

    /// The file of the authority that has signed all but ``otherCA`` and ``foreign``.
    package var ca: String { folder.file("ca.pem") }
    /// The file of another authority.
    package var otherCA: String { folder.file("other.pem") }
    /// A server's, for `localhost` and `127.0.0.1`.
    package var server: Pair { pair("server") }
    /// Another one for the same names.
    package var newServer: Pair { pair("new-server") }
    /// A server's that the other authority has signed.
    package var foreign: Pair { pair("foreign") }
    /// A server's that ended yesterday.
    package var expired: Pair { pair("expired") }
    /// A server's that ends in five days.
    package var endsSoon: Pair { pair("ends-soon") }
    /// A server's, for `elsewhere.example` and `192.0.2.1`.
    package var elsewhere: Pair { pair("elsewhere") }
    /// A server's whose alternative names have only `localhost`.
    package var nameOnly: Pair { pair("name-only") }
    /// A client's of organisation `north`, unit `packaging` and name `reader`.
    package var client: Pair { pair("client") }
    /// A client's that the other authority has signed.
    package var foreignClient: Pair { pair("foreign-client") }
    /// A client's that ended yesterday.
    package var expiredClient: Pair { pair("expired-client") }

    /// Makes all of them.
    ///
    /// - Throws: ``Oracle/Missing`` if there is no openssl.
    package init() throws {
        try makeAuthority("ca")
        try makeAuthority("other")
        let usual = "DNS:localhost,IP:127.0.0.1,IP:::1"
        try make("server", "/CN=server", names: usual)
        try make("new-server", "/CN=new", names: usual)
        try make("foreign", "/CN=server", names: usual, by: "other")
        try make("expired", "/CN=server", names: usual, days: -1)
        try make("ends-soon", "/CN=server", names: usual, days: 5)
        try make("elsewhere", "/CN=localhost", names: "DNS:elsewhere.example,IP:192.0.2.1")
        try make("name-only", "/CN=server", names: "DNS:localhost")
        try make("client", "/O=north/OU=packaging/CN=reader")
        try make("foreign-client", "/O=north/CN=reader", by: "other")
        try make("expired-client", "/O=north/CN=reader", days: -1)
    }

    /// Makes a certificate and its key.
    ///
    /// - Parameters:
    ///   - name: Of the files.
    ///   - subject: In the form of openssl: `/O=north/CN=reader`.
    ///   - names: A server's alternative names in the form of openssl; nil for a client's certificate.
    ///   - days: From now until it ends; negative if it has ended.
    ///   - authority: `ca` or `other`.
    @discardableResult
    package func make(
        _ name: String,
        _ subject: String,
        names: String? = nil,
        days: Int = 30,
        by authority: String = "ca"
    ) throws -> Pair {
        let (pair, request, extensions) = (pair(name), folder.file("\(name).csr"), folder.file("\(name).ext"))
        let usage =
            names.map { "extendedKeyUsage=serverAuth\nsubjectAltName=\($0)\n" } ?? "extendedKeyUsage=clientAuth\n"
        try Data("basicConstraints=critical,CA:FALSE\n\(usage)".utf8).write(to: URL(filePath: extensions))
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try openssl(["req", "-new"] + curve + ["-keyout", pair.key, "-out", request, "-subj", subject])
        try openssl(
            ["x509", "-req", "-in", request, "-out", pair.certificate, "-days", "\(days)", "-extfile", extensions]
                + ["-CA", folder.file("\(authority).pem"), "-CAkey", folder.file("\(authority).key")]
                + ["-set_serial", "\(UInt32.random(in: 1 ... .max))"]
        )
        return pair
    }

    private func makeAuthority(_ name: String) throws {
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-keyout", folder.file("\(name).key"), "-out", folder.file("\(name).pem"), "-subj", "/CN=\(name)",
        ])
    }

    private func pair(_ name: String) -> Pair {
        Pair(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"))
    }

    private func openssl(_ arguments: [String]) throws {
        let verdict = try Oracle.run("openssl", arguments)
        guard verdict.status == 0 else { throw Failure(output: verdict.output) }
    }

    private struct Failure: Error {
        let output: String
    }
}
