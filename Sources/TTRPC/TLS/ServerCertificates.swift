package import Model
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// How a listener protects what is sent.
package enum ListenerSecurity: Sendable {
    /// Not at all: for Unix sockets, of whose peers the kernel tells the user, and for loopback.
    case plain
    /// By TLS 1.3.
    case tls(ServerCertificates)
}

/// A file of certificates or of a key in PEM, and its content.
package struct PEMFile: Sendable, Hashable {
    /// Names it in errors.
    package var path: String
    /// What it contains.
    package var bytes: [UInt8]

    /// A file that was read.
    package init(path: String, bytes: [UInt8]) {
        (self.path, self.bytes) = (path, bytes)
    }

    /// The certificates in it.
    ///
    /// - Throws: `failedPrecondition` that names the file, if there is none or one cannot be read.
    func certificates() throws(PackagingError) -> [NIOSSLCertificate] {
        do {
            let all = try NIOSSLCertificate.fromPEMBytes(bytes)
            if !all.isEmpty { return all }
        } catch {}
        throw PackagingError(.failedPrecondition, "\"\(path)\" contains no certificate in PEM form")
    }

    /// The private key in it.
    ///
    /// - Throws: `failedPrecondition` that names the file and quotes nothing of it.
    func key() throws(PackagingError) -> NIOSSLPrivateKey {
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw PackagingError(
                .failedPrecondition,
                "\"\(path)\" contains no private key in PEM form that is not encrypted"
            )
        }
    }
}

/// The files that a listener with TLS needs.
package struct CertificateFiles: Sendable, Hashable {
    /// The server's certificate, and after it those between it and its authority.
    package var certificate: PEMFile
    /// The key of the certificate.
    package var key: PEMFile
    /// The authorities of the callers' certificates; nil if callers are not asked for any.
    package var clientCA: PEMFile?

    /// All of these.
    package init(certificate: PEMFile, key: PEMFile, clientCA: PEMFile?) {
        (self.certificate, self.key, self.clientCA) = (certificate, key, clientCA)
    }
}

/// The certificate of a server. It can be replaced while the server runs: new handshakes take the new one, and open
/// connections stay.
package final class ServerCertificates: Sendable {
    private struct State {
        var context: NIOSSLContext
        var notAfter: Instant
    }

    private let state: Mutex<State>

    /// Takes the certificate in `files`.
    ///
    /// - Throws: `failedPrecondition` that names the file, if one has not what it should have, or the key is of another
    ///   certificate.
    package init(_ files: CertificateFiles) throws(PackagingError) {
        state = Mutex(try Self.read(files))
    }

    /// From now on takes the certificate in `files`. After an error nothing has changed.
    ///
    /// - Throws: As the initialiser.
    package func replace(with files: CertificateFiles) throws(PackagingError) {
        let new = try Self.read(files)
        state.withLock { $0 = new }
    }

    /// When the first of the certificates that are sent ends.
    package var notAfter: Instant { state.withLock { $0.notAfter } }

    /// For the next handshake.
    var context: NIOSSLContext { state.withLock { $0.context } }

    private static func read(_ files: CertificateFiles) throws(PackagingError) -> State {
        let chain = try files.certificate.certificates()
        let key = try files.key.key()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv13
        // A peer that does not answer our goodbye keeps its connection no longer.
        configuration.shutdownTimeout = .seconds(1)
        if let clientCA = files.clientCA {
            // A peer without a certificate may have a token instead; one that sends a certificate must send a good one.
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .certificates(try clientCA.certificates())
            configuration.sendCANameList = true
        }
        do {
            let context = try NIOSSLContext(configuration: configuration)
            return State(context: context, notAfter: chain.map(\.validUntil).min() ?? Instant(microseconds: 0))
        } catch {
            throw PackagingError(
                .failedPrecondition,
                "the key in \"\(files.key.path)\" is not that of the certificate in \"\(files.certificate.path)\"",
                cause: error
            )
        }
    }
}
