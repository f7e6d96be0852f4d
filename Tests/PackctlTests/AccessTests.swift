import Foundation
import PackagingMessages
import Protobuf
import TestSupport
import Testing

@testable import PackctlCommands

@Suite("packctl and who may do what")
struct AccessTests {
    @Test("grant sets a role, none takes it away, and grants lists them")
    func grants() async throws {
        let daemon = ScriptedDaemon()
        try await daemon.serve { address in
            func run(_ words: String...) async -> Outcome { await packctl(words + ["--address", address]) }
            #expect(await run("grants", "dune").out.hasPrefix("no user has a role"))
            let given = await run("grant", "dune", "--user", "ana", "--role", "packager")
            #expect(given.out == "ana is packager of \"dune\"\n", "\(given.err)")
            #expect(await run("grants", "dune").out == "USER  ROLE      SINCE  GIVEN BY\nana   packager  -      -\n")
            let json = await run("grants", "dune", "--json")
            #expect(json.out.contains("\"user\":\"ana\",\"role\":\"packager\""), "\(json.out)")
            let taken = await run("grant", "dune", "--user", "ana", "--role", "none")
            #expect(taken.out == "ana has no role on \"dune\" any more\n", "\(taken.err)")
            #expect(daemon[\.grants].isEmpty)
        }
    }

    @Test("tokens and users are revoked for the tenant that is named, and revocations lists them")
    func revokes() async throws {
        let daemon = ScriptedDaemon()
        try await daemon.serve { address in
            func run(_ words: String...) async -> Outcome { await packctl(words + ["--address", address]) }
            let token = await run("token", "revoke", "t1", "--expires", "2027-06-30", "--tenant", "quayside")
            #expect(token.out == "revoked token t1\n", "\(token.err)")
            let user = await run("--tenant", "quayside", "user", "revoke", "service:importer")
            #expect(user.out == "revoked the tokens of service:importer\n", "\(user.err)")
            let known = daemon[\.revocations]
            #expect(known.first?.expiresAt == ProtoTimestamp(seconds: 1_814_313_600))
            #expect(daemon[\.asked] == ["quayside", "quayside"])
            let list = await run("revocations")
            #expect(list.out.hasPrefix("REFUSED           WHICH  SINCE  BY\nt1                token"), "\(list.out)")
        }
    }

    @Test("audit asks for pages up to its limit, and its table fits 80 columns")
    func audit() async throws {
        let entries = (0..<250).map { number in
            AuditEntry(
                id: Int64(250 - number),
                at: ProtoTimestamp(seconds: 1_790_000_000),
                actor: "service:importer",
                method: "Packaging/DeletePackage",
                target: "11111111-1111-4111-8111-111111111111",
                outcome: "NOT_FOUND",
                tenant: "quayside",
                peer: "10.0.0.7"
            )
        }
        let daemon = ScriptedDaemon { $0.audit = entries }
        try await daemon.serve { address in
            let first = await packctl("audit", "--address", address)
            #expect(first.out.split(separator: "\n").count == 101, "\(first.err)")
            let all = await packctl("audit", "--limit", "1000", "--tenant", "quayside", "--json", "--address", address)
            #expect(all.out.components(separatedBy: "\"callId\"").count == 1)
            #expect(all.out.components(separatedBy: "\"method\":\"Packaging/DeletePackage\"").count == 251)
            #expect(daemon[\.asked] == ["", "quayside"])
        }
        let lines = AuditCommand.lines(Array(entries.prefix(2)), time: TimeText(), layout: .init(width: 80))
        #expect(lines.allSatisfy { $0.displayWidth <= 80 } && lines.count == 5)
        #expect(lines.last == "  11111111-1111-4111-8111-111111111111")
    }

    @Test("whoami tells the caller of the token, and without one the local operator")
    func whoami() async throws {
        let daemon = ScriptedDaemon { $0.tokens = ["t": 9] }
        try await daemon.serve { address in
            #expect(await packctl("whoami", "--address", address).out == "caller   operator\ntenant   local\n")
            try await withFolder(["token": "t"]) { folder in
                let file = folder + "/token"
                unsafe chmod(file, 0o600)
                let outcome = await packctl("whoami", "--token-file", file, "--address", address)
                #expect(outcome.out == "caller   user:ana\ntenant   quayside\nscopes   read, package\n")
                #expect(outcome.err.isEmpty, "\(outcome.err)")
                unsafe chmod(file, 0o644)
                let warned = await packctl("whoami", "--token-file", file, "--address", address)
                #expect(warned.err.contains("every user of this machine can use the token") && warned.status == .done)
                try Data("other".utf8).write(to: URL(fileURLWithPath: file))
                let refused = await packctl("--json", "whoami", "--token-file", file, "--address", address)
                #expect(refused.status == .refused)
                #expect(
                    refused.err.hasPrefix("{\"code\":\"UNAUTHENTICATED\",\"reason\":\"TOKEN_EXPIRED\""),
                    "\(refused.err)"
                )
            }
        }
    }

    @Test(
        "wrong arguments are refused before the first call",
        arguments: [
            (["grant", "p", "--user", "u", "--role", "onwer"], "role \"onwer\" is not known"),
            (["grant", "p", "--user", "", "--role", "owner"], "--user must not be empty"),
            (["token", "revoke", "t", "--expires", "soon"], "--expires \"soon\" is not a time"),
            (["user", "revoke", "u", "--issued-before", "12:00"], "--issued-before \"12:00\" is not a time"),
            (["audit", "--limit", "0"], "--limit must be 1 through 1,000,000, not 0"),
            (["health", "--key", "k.pem"], "the key \"k.pem\" was given without its certificate"),
        ]
    )
    func arguments(_ words: [String], _ message: String) async {
        let outcome = await packctl(words + ["--address", "/nonexistent/d.sock"])
        #expect(outcome.status == .usage)
        #expect(outcome.err.hasPrefix("packctl: \(message)\nhint: "), "\(outcome.err)")
    }

    @Test("times are dates, or RFC 3339 with and without a fraction")
    func times() throws {
        #expect(try TimeArgument.time("2026-12-01", option: "-") == ProtoTimestamp(seconds: 1_796_083_200))
        #expect(try TimeArgument.time("2026-12-01T08:00:00Z", option: "-") == ProtoTimestamp(seconds: 1_796_112_000))
        let half = ProtoTimestamp(seconds: 1_796_112_000, nanos: 500_000_000)
        #expect(try TimeArgument.time("2026-12-01T09:00:00.5+01:00", option: "-") == half)
        #expect(try TimeArgument.time(nil, option: "-") == nil)
    }

    @Test("a daemon behind TLS answers who trusts it; whoever does not is told why, with exit code 6")
    func tls() async throws {
        let made = try TestCertificates.shared.get()
        let daemon = ScriptedDaemon()
        try await daemon.serve(made.server) { address in
            let fine = await packctl("health", "--address", address, "--ca-file", made.ca)
            #expect(fine.status == .done && fine.out == "serving\n", "\(fine.err)")
            let distrusted = await packctl("health", "--address", address, "--ca-file", made.otherCA)
            #expect(distrusted.status == .unreachable)
            #expect(distrusted.err.hasPrefix("packctl: could not reach the daemon at \"\(address)\": "))
            #expect(distrusted.err.contains("\nhint: Name the file with the certificates"), "\(distrusted.err)")
            let plain = await packctl("health", "--address", address)
            #expect(plain.status == .unreachable && plain.err.contains("PACKAGING_CA_FILE"), "\(plain.err)")
            let missing = await packctl("health", "--address", address, "--ca-file", "/nonexistent/ca.pem")
            #expect(missing.status == .usage && missing.err.contains("/nonexistent/ca.pem"), "\(missing.err)")
        }
        try await daemon.serve(made.elsewhere) { address in
            let other = await packctl("health", "--json", "--address", address, "--ca-file", made.ca)
            #expect(other.err.hasPrefix("{\"code\":\"UNAVAILABLE\",\"reason\":\"TLS_WRONG_HOST\""), "\(other.err)")
            #expect(other.status == .unreachable)
        }
        try await daemon.serve(made.server, clientCA: made.ca) { address in
            let own = ["--certificate", made.client.certificate, "--key", made.client.key, "--ca-file", made.ca]
            #expect(await packctl(["health", "--address", address] + own).status == .done)
            let foreign = ["--certificate", made.foreignClient.certificate, "--key", made.foreignClient.key]
            let refused = await packctl(["health", "--address", address, "--ca-file", made.ca] + foreign)
            #expect(refused.status == .unreachable && refused.err.contains("--certificate"), "\(refused.err)")
        }
    }
}
