import Concurrency
import Logging
import Model
import Store
import Synchronization
import Testing
import Tokens

@testable import Services

/// Takes each token as what it says: `USER/ID`, issued at second 0, and good until second 100.
private struct WordTokens: TokenVerifying {
    func verify(_ token: String) async throws(PackagingError) -> TokenClaims {
        let words = token.split(separator: "/").map(String.init)
        guard words.count == 2 else { throw .tokenInvalid }
        return TokenClaims(
            tenant: "local",
            principal: .user(words[0]),
            scopes: [.read],
            id: words[1],
            issuedAt: PackageLife.instant(0),
            expiresAt: PackageLife.instant(100)
        )
    }
}

@Suite("Calls end when their caller may not go on", .timeLimit(.minutes(5)))
struct AuthorityEndTests {
    private final class Time: Sendable {
        private let seconds = Mutex(1.0)
        var now: Instant { PackageLife.instant(seconds.withLock { $0 }) }
        func set(_ value: Double) { seconds.withLock { $0 = value } }
    }

    /// A call that runs until it is ended.
    private func running(
        _ service: AccessService,
        _ authority: Authority,
        _ project: String? = nil
    ) async throws -> Task<Void, any Error> {
        let begun = Deferred<Void>()
        let call = Task {
            try await service.run(as: authority) { call in
                if let project { try await service.check(.reader, on: .project(project), call) }
                begun.settle(.success(()))
                try await Task.sleep(for: .seconds(600))
            }
        }
        try await begun.value
        return call
    }

    private func reason(_ call: Task<Void, any Error>) async -> String? {
        do {
            try await call.value
            return nil
        } catch {
            return (error as? PackagingError)?.reason
        }
    }

    private func with(_ body: (PackageLife, AccessService, Time) async throws -> Void) async throws {
        try await PackageLife.with { life in
            let time = Time()
            let service = AccessService(
                access: life.store.access,
                tenants: life.store.tenants,
                verifier: WordTokens(),
                now: { time.now },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await body(life, service, time)
        }
    }

    private func authority(_ token: String, _ service: AccessService) async throws -> Authority {
        try await service.authority(of: token, from: "10.0.0.7", callID: "c")
    }

    @Test("a call that began on what was known before a revocation ends, also while others of the tenant go on")
    func late() async throws {
        try await with { life, service, _ in
            let (ada, bob) = (try await authority("ada/1", service), try await authority("bob/2", service))
            let first = try await running(service, ada)
            let boss = try await life.store.access.id(of: .service("boss"), tenant: life.tenant)
            _ = try await life.store.access.revoke(
                token: "2",
                until: PackageLife.instant(100),
                by: boss,
                tenant: life.tenant
            )
            await service.lookAtCalls()
            // As if its token had been looked at just before the revocation.
            let second = try await running(service, bob)
            await service.lookAtCalls()
            #expect(await reason(second) == "TOKEN_REVOKED")
            let renewed = service.replace(ada, with: bob)
            #expect(renewed === bob)
            #expect(await reason(first) == "TOKEN_REPLACED")
        }
    }

    @Test("a renewed token is looked at, though nothing else has changed")
    func renewed() async throws {
        try await with { life, service, time in
            let old = try await authority("ada/1", service)
            let new = try await authority("ada/2", service)
            let call = try await running(service, old)
            let boss = try await life.store.access.id(of: .service("boss"), tenant: life.tenant)
            _ = try await life.store.access.revoke(
                token: "2",
                until: PackageLife.instant(100),
                by: boss,
                tenant: life.tenant
            )
            await service.lookAtCalls()
            #expect(service.replace(old, with: new) === old)
            await service.lookAtCalls()
            #expect(await reason(call) == "TOKEN_REVOKED")
        }
    }

    @Test("a call ends with its token, and with the role that it stands on, and others go on")
    func expiryAndRole() async throws {
        try await with { life, service, time in
            let project = try await life.project("book")
            let access = life.store.access
            let boss = try await access.id(of: .service("boss"), tenant: life.tenant)
            for user in ["ada", "bob"] {
                _ = try await access.putGrant(.packager, to: user, on: project, by: boss, tenant: life.tenant)
            }
            let ada = try await running(service, try await authority("ada/1", service), "book")
            let bob = try await running(service, try await authority("bob/2", service), "book")
            await service.lookAtCalls()
            // A lesser role that still reaches ends nothing.
            _ = try await access.putGrant(.reader, to: "bob", on: project, by: boss, tenant: life.tenant)
            #expect(try await access.deleteGrant(of: "ada", on: project, by: boss, tenant: life.tenant))
            await service.lookAtCalls()
            #expect(await reason(ada) == "ROLE_REQUIRED")
            #expect(!bob.isCancelled)
            time.set(100)
            await service.lookAtCalls()
            #expect(await reason(bob) == "TOKEN_EXPIRED")
        }
    }

    @Test("a call on a client certificate ends with that, or when its service is revoked, and a newer one is taken")
    func certificates() async throws {
        try await with { life, service, time in
            func authority(since: Double, until: Double) async throws -> Authority {
                try await service.authority(
                    ofCertificateFor: "local",
                    service: "importer",
                    units: [],
                    valid: (PackageLife.instant(since), PackageLife.instant(until)),
                    from: "10.0.0.7",
                    callID: "c"
                )
            }
            let short = try await running(service, try await authority(since: -100, until: 50))
            let long = try await running(service, try await authority(since: -100, until: 1000))
            time.set(50)
            await service.lookAtCalls()
            #expect(await reason(short) == "CERTIFICATE_EXPIRED")
            #expect(!long.isCancelled)

            let boss = try await life.store.access.id(of: .service("boss"), tenant: life.tenant)
            _ = try await life.store.access.revoke(
                .service("importer"),
                issuedBefore: PackageLife.instant(0),
                by: boss,
                tenant: life.tenant
            )
            await service.lookAtCalls()
            #expect(await reason(long) == "CERTIFICATE_REVOKED")
            // A new call stands on a list that is two seconds old at most.
            var refusal: PackagingError?
            while refusal == nil {
                do {
                    _ = try await authority(since: -1, until: 1000)
                } catch let error as PackagingError {
                    refusal = error
                }
            }
            #expect(refusal?.reason == "CERTIFICATE_REVOKED")
            _ = try await authority(since: 0, until: 1000)
        }
    }

    @Test("failed logins are audited for the operator, up to a limit, and say nothing of the token")
    func failedLogins() async throws {
        try await with { life, service, _ in
            var reasons: [String?] = []
            for _ in 0..<11 {
                do { _ = try await authority("a-secret-token", service) } catch {
                    reasons.append((error as? PackagingError)?.reason)
                }
            }
            #expect(reasons == Array(repeating: "TOKEN_INVALID", count: 10) + ["LOGIN_LIMIT"])
            let entries = try await life.store.access.auditOfAll(before: nil, limit: 100)
            #expect(entries.count == 10)
            #expect(entries.allSatisfy { $0.peer == "10.0.0.7" && $0.outcome == "UNAUTHENTICATED: TOKEN_INVALID" })
            #expect(!"\(entries)".contains("secret"))
            // A right token is taken all the same.
            _ = try await authority("ada/1", service)
        }
    }
}
