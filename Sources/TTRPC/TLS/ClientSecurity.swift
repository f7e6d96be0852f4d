internal import Files
internal import Glibc
internal import Model
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// How a client protects what it sends, and whom it takes for the server.
package enum ClientSecurity: Sendable, Hashable {
    /// Not at all: for Unix sockets and loopback.
    case plain
    /// By TLS 1.3. The server must show a certificate for the name or address that is connected to.
    case tls(ClientTLS)
}

/// The files of a client that uses TLS.
package struct ClientTLS: Sendable, Hashable {
    /// The authorities whose signature on the server's certificate counts, in PEM; nil for those of the system.
    package var caFile: String?
    /// The client's own certificate in PEM, and after it those between it and its authority; nil if it has none.
    package var certificateFile: String?
    /// The key of ``certificateFile``; nil if it is in the same file.
    package var keyFile: String?

    /// All of these.
    package init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        (self.caFile, self.certificateFile, self.keyFile) = (caFile, certificateFile, keyFile)
    }

    /// Reads the files, on a thread that may wait for them.
    ///
    /// - Throws: `failedPrecondition` that names the file which cannot be used.
    func context() async throws(PackagingError) -> NIOSSLContext {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try self.read() }
        } catch let error as PackagingError {
            throw error
        } catch {
            throw PackagingError(.internal, "could not read the certificates: \(error)", cause: error)
        }
    }

    private func read() throws(PackagingError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.shutdownTimeout = .seconds(1)
        // The name is checked by ServerName, which is stricter than the library.
        configuration.certificateVerification = .noHostnameVerification
        if let caFile { configuration.trustRoots = .certificates(try Self.file(caFile, "CA file").certificates()) }
        if let certificateFile {
            let chain = try Self.file(certificateFile, "certificate file").certificates()
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try Self.file(keyFile ?? certificateFile, "key file").key())
        } else if let keyFile {
            throw PackagingError(.failedPrecondition, "there is no certificate for the key in \"\(keyFile)\"")
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            guard let certificateFile else {
                throw PackagingError(.failedPrecondition, "cannot use the system's certificate authorities: \(error)")
            }
            throw PackagingError(
                .failedPrecondition,
                "the key in \"\(keyFile ?? certificateFile)\" is not that of the certificate in \"\(certificateFile)\"",
                cause: error
            )
        }
    }

    /// The most bytes of a file: the system's authorities together have a quarter of that.
    private static let limit = 1 << 20

    private static func file(_ path: String, _ what: String) throws(PackagingError) -> PEMFile {
        do {
            return PEMFile(path: path, bytes: try SmallFile.read(path, limit: limit).bytes)
        } catch {
            let reason =
                switch error.errorNumber {
                case EISDIR, EINVAL: "it is no file"
                case EFBIG: "it has more than \(limit >> 20) MiB"
                case let number: unsafe String(cString: strerror(number))
                }
            throw PackagingError(.failedPrecondition, "could not read \(what) \"\(path)\": \(reason)", cause: error)
        }
    }
}
