import Foundation
import Model
import Testing

@testable import Server

@Suite("Rules of calls")
struct CallRuleTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.repository.appending(path: path), encoding: .utf8)
    }

    /// The methods that the .proto files declare, by their full names.
    private func declared() throws -> Set<String> {
        var methods: Set<String> = []
        for file in ["khipu/packaging/v1/packaging", "khipu/packaging/v1/projects", "grpc/health/v1/health"] {
            let proto = try text("proto/\(file).proto")
            let package = try #require(proto.firstMatch(of: #/(?m)^package ([\w.]+);/#)?.1)
            for service in proto.matches(of: #/(?ms)^service (\w+) \{(.*?)^\}/#) {
                for method in service.2.matches(of: #/(?m)^ *rpc (\w+)\(/#) {
                    methods.insert("\(package).\(service.1)/\(method.1)")
                }
            }
        }
        return methods
    }

    @Test("every method that is declared has a rule, and there is no rule for another")
    func complete() throws {
        let methods = try declared()
        #expect(methods.count > 35)
        #expect(Set(CallRule.all.keys) == methods)
    }

    @Test("every method that takes a role is called with the ids of others in the tests of isolation")
    func tested() throws {
        let tests = try text("Tests/IntegrationTests/AccessTests.swift")
        for (method, rule) in CallRule.all where rule.role != nil {
            let name = try #require(method.split(separator: ".").last)
            #expect(tests.contains("NamingCall(method: \"\(name)"), "\(name)")
        }
    }

    @Test(
        "who may call",
        arguments: [
            ("Packaging/GetJob", Principal.user("ada"), [Scope.read], nil),
            ("Packaging/GetJob", .user("ada"), [.package, .admin], "SCOPE_REQUIRED"),
            ("Packaging/CreateAll", .service("shop"), [.read], "SCOPE_REQUIRED"),
            ("Packaging/CreateAll", .service("shop"), [.package], nil),
            ("Projects/RegisterAudio", .user("ada"), [.package], "SERVICE_REQUIRED"),
            ("Projects/RegisterAudio", .service("shop"), [.package], nil),
            ("Projects/RegisterAudio", .localOperator, [.package], nil),
            ("Admin/PutTenant", .service("shop"), [.read, .package, .admin], "OPERATOR_ONLY"),
            ("Admin/PutTenant", .localOperator, [], nil),
            ("Admin/ListAudit", .user("ada"), [.admin], nil),
            ("Admin/RevokeUser", .user("ada"), [.read, .package], "SCOPE_REQUIRED"),
        ] as [(String, Principal, [Scope], String?)]
    )
    func audience(method: String, principal: Principal, scopes: [Scope], reason: String?) throws {
        let caller = Caller(
            tenant: TenantID(high: 0, low: 1),
            tenantName: "acme",
            principal: principal,
            id: UserID(high: 0, low: 1),
            scopes: Set(scopes)
        )
        let rule = try #require(CallRule.all["khipu.packaging.v1.\(method)"])
        var refusal: PackagingError?
        do throws(PackagingError) { try rule.check(caller) } catch { refusal = error }
        #expect(refusal?.reason == reason)
    }

    @Test(
        "a token stands in the metadata as RFC 6750 says",
        arguments: [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER  abc ", "abc"), ("abc", nil), ("Basic abc", nil),
            ("Bearer", nil), ("Bearer a b", nil), ("", nil),
        ] as [(String, String?)]
    )
    func bearer(value: String, token: String?) {
        #expect(Identity.bearer(value) == token)
    }
}
