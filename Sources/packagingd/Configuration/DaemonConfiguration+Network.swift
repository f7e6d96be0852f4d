import Files
import Model
import TTRPC

/// The paths of the files for TLS.
struct TLSPaths: Sendable, Hashable {
    var certificate: String
    var key: String
    var clientCA: String?

    /// Reads the files.
    ///
    /// - Throws: ``SettingFault`` that names the file.
    func read() throws(SettingFault) -> CertificateFiles {
        var authority: PEMFile?
        if let clientCA { authority = PEMFile(path: clientCA, bytes: try PublicFile.content(clientCA).bytes) }
        return CertificateFiles(
            certificate: PEMFile(path: certificate, bytes: try PublicFile.content(certificate).bytes),
            key: PEMFile(path: key, bytes: try SecretFile.readKey(key)),
            clientCA: authority
        )
    }
}

extension DaemonConfiguration {
    /// The files for TLS; nil if there is no certificate.
    var tls: TLSPaths? {
        guard values[Setting.tlsCertificate.name] != nil, values[Setting.tlsKey.name] != nil else { return nil }
        let clientCA = values[Setting.tlsClientCA.name] == nil ? nil : text(.tlsClientCA)
        return TLSPaths(certificate: text(.tlsCertificate), key: text(.tlsKey), clientCA: clientCA)
    }

    /// Whether loopback addresses are served without TLS.
    var isInsecureLoopback: Bool { isTrue(.insecureLoopback) }

    /// The group whose members may connect to the Unix sockets; nil for none.
    var socketGroup: UInt32? { SocketGroup.number(of: text(.socketGroup)) }

    /// What the server takes of its callers.
    var serverLimits: RPCServer.Configuration {
        var limits = RPCServer.Configuration()
        limits.maximumConnections = number(.maxConnections)
        limits.maximumConnectionsPerPeer = number(.maxConnectionsPerPeer)
        limits.gateways = Set(list(.gatewayPeers).compactMap { PeerKey($0) })
        return limits
    }

    /// Finds what does not go together in the settings of the network, and remembers when the certificate ends.
    mutating func checkNetwork() -> [ConfigurationMistake] {
        var mistakes: [ConfigurationMistake] = []
        func mistake(_ setting: Setting, _ reason: String) {
            mistakes.append(ConfigurationMistake(values[setting.name]?.origin ?? .standard, setting, reason))
        }
        let hasCertificate = values[Setting.tlsCertificate.name] != nil
        let hasKey = values[Setting.tlsKey.name] != nil
        if hasCertificate, !hasKey {
            mistake(.tlsCertificate, "its key is missing; name it with \(Setting.tlsKey.name)")
        }
        if hasKey, !hasCertificate {
            mistake(
                .tlsKey,
                "there is no certificate that it could be for; name it with \(Setting.tlsCertificate.name)"
            )
        }
        if values[Setting.tlsClientCA.name] != nil, !hasCertificate {
            mistake(.tlsClientCA, "callers show certificates only over TLS; name a \(Setting.tlsCertificate.name)")
        }
        if hasCertificate, isInsecureLoopback {
            mistake(
                .insecureLoopback,
                "all of TCP speaks TLS where there is a \(Setting.tlsCertificate.name); choose one"
            )
        }
        for address in listeners where !address.isUnix && !hasCertificate {
            guard isInsecureLoopback else {
                mistake(
                    .listen,
                    "\"\(address)\" needs \(Setting.tlsCertificate.name) and \(Setting.tlsKey.name), or on loopback "
                        + Setting.insecureLoopback.name
                )
                continue
            }
            if let reason = Self.problemWithLoopback(address) { mistake(.listen, reason) }
        }
        guard mistakes.isEmpty, let tls else { return mistakes }
        do {
            certificateEnd = try ServerCertificates(tls.read()).notAfter
        } catch let fault as SettingFault {
            mistake(tls.setting(named: fault.reason), fault.reason)
        } catch {
            let reason = (error as? PackagingError)?.message ?? "\(error)"
            mistake(tls.setting(named: reason), reason)
        }
        return mistakes
    }

    /// Why an address must not be served without TLS; nil if it may.
    static func problemWithLoopback(_ address: Address) -> String? {
        do throws(PackagingError) {
            if try address.isOfThisMachine() { return nil }
            return "\"\(address)\" is not only loopback, and without TLS everybody on the network could listen in"
        } catch {
            return error.message
        }
    }
}

extension TLSPaths {
    /// The setting whose file an error begins with.
    fileprivate func setting(named reason: String) -> Setting {
        if let clientCA, reason.contains("\"\(clientCA)\"") { return .tlsClientCA }
        return reason.contains("\"\(key)\"") ? .tlsKey : .tlsCertificate
    }
}

/// How near the end of a certificate is.
enum CertificateEnd {
    /// From so long before its end people are warned.
    static let notice = Duration.seconds(14 * 86_400)

    /// What is to be said about a certificate that ends at `end`; nil if nothing is.
    static func problem(_ end: Instant, now: Instant) -> String? {
        let left = end - now
        if left <= .zero { return "the certificate ended at \(end)" }
        guard left < notice else { return nil }
        let days = left.components.seconds / 86_400
        return "the certificate ends at \(end), in \(days == 1 ? "1 day" : "\(days) days")"
    }
}
