internal import Glibc
internal import Model
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// What a certificate says that we decide by.
struct CertificateFacts: Sendable, Hashable {
    /// Who holds it.
    var subject: CertificateSubject
    /// The DNS names of the alternative names.
    var dnsNames: [String]
    /// The IP addresses of the alternative names, as their bytes.
    var addresses: [[UInt8]]

    /// Reads them.
    ///
    /// - Throws: If the certificate cannot be read, though the TLS library could.
    init(_ certificate: NIOSSLCertificate) throws {
        let (since, until) = (certificate.validSince, certificate.validUntil)
        let certificate = try Certificate(derEncoded: certificate.toDERBytes())
        subject = CertificateSubject(certificate.subject, since: since, until: until)
        (dnsNames, addresses) = ([], [])
        for name in try certificate.extensions.subjectAlternativeNames ?? SubjectAlternativeNames([]) {
            switch name {
            case .dnsName(let name): dnsNames.append(name)
            case .ipAddress(let octets): addresses.append(Array(octets.bytes))
            default: break
            }
        }
    }
}

extension CertificateSubject {
    /// The names that are text. A name in an encoding that nobody has used for decades is left out.
    init(_ subject: DistinguishedName, since: Instant, until: Instant) {
        let attributes = subject.flatMap { Array($0) }
        func names(_ type: ASN1ObjectIdentifier) -> [String] {
            attributes.filter { $0.type == type }.compactMap { String($0.value) }
        }
        self.init(
            organizations: names(.RDNAttributeType.organizationName),
            units: names(.RDNAttributeType.organizationalUnitName),
            commonNames: names(.RDNAttributeType.commonName),
            validSince: since,
            validUntil: until
        )
    }
}

extension NIOSSLCertificate {
    /// Until when it holds.
    var validUntil: Instant { Instant(microseconds: Int64(notValidAfter) * 1_000_000) }
    /// Since when it holds.
    var validSince: Instant { Instant(microseconds: Int64(notValidBefore) * 1_000_000) }
}

extension Instant {
    /// The present time, which certificates are judged by.
    static var now: Instant { Instant(microseconds: Int64(time(nil)) * 1_000_000) }
}
