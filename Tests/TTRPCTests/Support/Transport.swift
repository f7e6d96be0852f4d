import Foundation
import Model
import NIOCore
import NIOSSL
import TestSupport

@testable import TTRPC

/// What the tests talk over. The helpers of the tests take the current one, so that a test holds over each.
enum Transport: CaseIterable, Sendable {
    case unix, tcp, tls

    @TaskLocal static var current = Transport.unix

    /// Where a server listens.
    var address: Address {
        switch self {
        case .unix: .unix(path: temporarySocketPath())
        case .tcp, .tls: .tcp(host: "127.0.0.1", port: 0)
        }
    }

    /// How a server protects it.
    func listenerSecurity() throws -> ListenerSecurity {
        guard self == .tls else { return .plain }
        return .tls(try ServerCertificates(.of(TestCertificates.shared.get().server)))
    }

    /// How a client protects it.
    func clientSecurity() throws -> ClientSecurity {
        guard self == .tls else { return .plain }
        return .tls(ClientTLS(caFile: try TestCertificates.shared.get().ca))
    }
}

extension CertificateFiles {
    /// The files of a pair, and of an authority of clients.
    static func of(_ pair: TestCertificates.Pair, clientCA: String? = nil) throws -> CertificateFiles {
        func file(_ path: String) throws -> PEMFile {
            PEMFile(path: path, bytes: Array(try Data(contentsOf: URL(filePath: path))))
        }
        return CertificateFiles(
            certificate: try file(pair.certificate),
            key: try file(pair.key),
            clientCA: try clientCA.map(file)
        )
    }
}

extension RPCConnection {
    /// Connects as the current transport wants it.
    static func connect(
        to address: Address,
        limits: Limits = Limits(),
        firstStreamID: UInt32 = 1
    ) async throws
        -> RPCConnection
    {
        let security: ClientSecurity = if case .tcp = address { try Transport.current.clientSecurity() } else { .plain }
        return try await connect(
            to: address,
            security: security,
            timeout: .seconds(10),
            limits: limits,
            firstStreamID: firstStreamID
        )
    }
}
