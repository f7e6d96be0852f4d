import Glibc
import Model
import PackagingMessages
import Services
import Store
import TTRPC
import Testing

@testable import Server

@Suite("Operators")
struct OperatorTests {
    @Test("only the daemon's own user on its Unix socket may set plans, whatever the tenant")
    func operatorOnly() async throws {
        try await PackageLife.with { life in
            let tenants = TenantService(tenants: life.store.tenants)
            let calls = AdminCalls(identity: Identity(tenants: tenants), tenants: tenants)
            let strangers: [Peer] = [
                .unix(pid: 1, uid: geteuid() + 1, gid: 0), .tcp(address: "127.0.0.1:4071"),
            ]
            for peer in strangers {
                let context = CallContext(peer: peer, metadata: ["tenant": "local"], callID: "c")
                let refusals = [
                    await #expect(throws: PackagingError.self) {
                        try await calls.listTenants(ListTenantsRequest(), context: context)
                    },
                    await #expect(throws: PackagingError.self) {
                        try await calls.putTenant(PackagingMessages.Tenant(name: "mine"), context: context)
                    },
                ]
                #expect(refusals.allSatisfy { $0?.code == .permissionDenied })
            }
            let context = CallContext(peer: .unix(pid: 1, uid: geteuid(), gid: 0), callID: "c")
            let wanted = PackagingMessages.Tenant(
                name: "mine",
                quotaBytes: 5,
                defaultRetentionDays: 7,
                versionLimit: 2,
                jobsPerHour: 9,
                dropsOldestVersion: true
            )
            var made = try await calls.putTenant(wanted, context: context)
            let page = try await calls.listTenants(ListTenantsRequest(pageSize: 1), context: context)
            #expect(page.tenants.map(\.name) == ["local"] && page.nextPageToken == "local")
            let next = try await calls.listTenants(ListTenantsRequest(pageToken: "local"), context: context)
            #expect(next.tenants == [made] && next.nextPageToken.isEmpty)
            made.id = ""
            #expect(made == wanted)
        }
    }
}
