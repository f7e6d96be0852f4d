import Foundation
import Model
import Testing

@testable import Server

@Suite("What each method asks of its caller")
struct CallRuleTests {
    /// The full names of all methods that the files of `proto/` name.
    static func methods() throws -> Set<String> {
        let proto = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("proto")
        var methods: Set<String> = []
        for file in [
            "grpc/health/v1/health.proto", "khipu/packaging/v1/packaging.proto", "khipu/packaging/v1/projects.proto",
        ] {
            let text = try String(contentsOf: proto.appendingPathComponent(file), encoding: .utf8)
            var (package, service) = ("", "")
            for line in text.split(separator: "\n") {
                let words = line.split { " (;{".contains($0) }
                guard words.count > 1 else { continue }
                switch words[0] {
                case "package": package = String(words[1])
                case "service": service = String(words[1])
                case "rpc": methods.insert("\(package).\(service)/\(words[1])")
                default: break
                }
            }
        }
        return methods
    }

    @Test("every method has a rule, and there is no rule for a method that does not exist")
    func complete() throws {
        let methods = try Self.methods()
        #expect(methods.count > 30)
        #expect(Set(CallRule.all.keys) == methods)
    }

    @Test("services need a scope, users the same scope, and only the operator administers tenants")
    func audiences() {
        func caller(_ principal: Principal, _ scopes: Set<Scope>) -> Caller {
            Caller(tenant: .random(), tenantName: "acme", principal: principal, id: .random(), scopes: scopes)
        }
        let table: [(String, Principal, Set<Scope>, String?)] = [
            ("Packaging/GetJob", .user("a"), [.read], nil),
            ("Packaging/GetJob", .user("a"), [.package, .admin], "SCOPE_REQUIRED"),
            ("Packaging/CreateAll", .service("a"), [.read, .admin], "SCOPE_REQUIRED"),
            ("Packaging/CreateAll", .service("a"), [.package], nil),
            ("Projects/RegisterAudio", .user("a"), [.package], "SERVICE_REQUIRED"),
            ("Projects/RegisterAudio", .service("a"), [.package], nil),
            ("Projects/RegisterAudio", .service("a"), [.read], "SCOPE_REQUIRED"),
            ("Admin/RevokeToken", .user("a"), [.read, .package], "SCOPE_REQUIRED"),
            ("Admin/RevokeToken", .user("a"), [.admin], nil),
            ("Admin/ListTenants", .service("a"), [.read, .package, .admin], "OPERATOR_ONLY"),
            ("Admin/PutTenant", .user("operator"), [.read, .package, .admin], "OPERATOR_ONLY"),
            ("Admin/PutTenant", .localOperator, Set(Scope.allCases), nil),
        ]
        for (method, principal, scopes, reason) in table {
            guard let rule = CallRule.all["khipu.packaging.v1.\(method)"] else {
                Issue.record("\(method) has no rule")
                continue
            }
            var thrown: PackagingError?
            do throws(PackagingError) { try rule.check(caller(principal, scopes)) } catch { thrown = error }
            #expect(thrown?.reason == reason, "\(method) \(principal) \(scopes)")
        }
    }

    @Test("a token is what follows the word Bearer, in any case, and nothing else")
    func bearer() {
        let table: [(String, String?)] = [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER  abc ", "abc"), ("abc", nil), ("Bearer", nil),
            ("", nil), ("Basic abc", nil), ("Bearer a b", nil), ("Bearerabc", nil), ("Bearer\tabc", nil),
        ]
        for (value, token) in table { #expect(Identity.bearer(value) == token, "\(value)") }
    }
}
