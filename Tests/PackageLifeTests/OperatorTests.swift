import Glibc
import Logging
import Model
import PackagingMessages
import Services
import Store
import Synchronization
import TTRPC
import Testing

@testable import Server

@Suite("Operators")
struct OperatorTests {
    @Test("only the daemon's own user on its Unix socket may set plans, whatever the tenant")
    func operatorOnly() async throws {
        try await PackageLife.with { life in
            let service = TenantService(tenants: life.store.tenants)
            let access = AccessService(
                access: life.store.access,
                tenants: life.store.tenants,
                verifier: nil,
                now: { Instant(microseconds: 0) },
                logger: Logger(label: "test")
            )
            let identity = Identity(access: access)
            let calls = AdminCalls(identity: identity, tenants: service, access: access)
            /// Runs a call of `peer` as the server does.
            func call<Reply: Sendable>(
                _ method: String,
                as peer: Peer,
                _ body: @escaping @Sendable (CallContext) async throws -> Reply
            ) async throws -> Reply? {
                let context = CallContext(
                    method: "khipu.packaging.v1.Admin/\(method)",
                    peer: peer,
                    metadata: ["tenant": "local"],
                    callID: "c"
                )
                let reply = Mutex<Reply?>(nil)
                _ = try await identity.admit(context) {
                    let value = try await body(context)
                    reply.withLock { $0 = value }
                    return nil
                }
                return reply.withLock { $0 }
            }
            let strangers: [Peer] = [
                .unix(pid: 1, uid: geteuid() + 1, gid: 0), .tcp(address: "127.0.0.1:4071"),
            ]
            for peer in strangers {
                let refusals = [
                    await #expect(throws: PackagingError.self) {
                        try await call("ListTenants", as: peer) {
                            try await calls.listTenants(ListTenantsRequest(), context: $0)
                        }
                    },
                    await #expect(throws: PackagingError.self) {
                        try await call("PutTenant", as: peer) {
                            try await calls.putTenant(PackagingMessages.Tenant(name: "mine"), context: $0)
                        }
                    },
                ]
                #expect(refusals.allSatisfy { $0?.code == .unauthenticated })
            }
            let me = Peer.unix(pid: 1, uid: geteuid(), gid: 0)
            let wanted = PackagingMessages.Tenant(
                name: "mine",
                quotaBytes: 5,
                defaultRetentionDays: 7,
                versionLimit: 2,
                jobsPerHour: 9,
                dropsOldestVersion: true
            )
            var made = try #require(
                try await call("PutTenant", as: me) { try await calls.putTenant(wanted, context: $0) }
            )
            let page = try await call("ListTenants", as: me) {
                try await calls.listTenants(ListTenantsRequest(pageSize: 1), context: $0)
            }
            #expect(page?.tenants.map(\.name) == ["local"] && page?.nextPageToken == "local")
            let next = try await call("ListTenants", as: me) {
                try await calls.listTenants(ListTenantsRequest(pageToken: "local"), context: $0)
            }
            #expect(next?.tenants == [made] && next?.nextPageToken.isEmpty == true)
            made.id = ""
            #expect(made == wanted)
        }
    }
}
