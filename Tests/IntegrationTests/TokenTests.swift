import Foundation
import Testing

@Suite("Tokens for development")
struct TokenTests {
    private func packagingd(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.run(Program.built("packagingd"), arguments, timeout: .seconds(120))
    }

    /// The claims of a token, unchecked.
    private func claims(_ token: String) throws -> [String: Any] {
        let parts = token.split(separator: ".")
        try #require(parts.count == 3)
        var text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        let data = try #require(Data(base64Encoded: text))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test(
        "a token is one line alone, signed by a key for the daemon's user alone, and the daemon says that it trusts it"
    )
    func token() async throws {
        try await withFolder { folder in
            let state = folder + "/state"
            let first = try await packagingd(
                "token",
                "--state-dir",
                state,
                "--tenant",
                "acme",
                "--user",
                "ada",
                "--scope",
                "admin,read",
                "--valid",
                "2h"
            )
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.errors == "")
            #expect(first.output.hasSuffix("\n") && first.output.filter(\.isNewline).count == 1)
            let said = try claims(first.output.trimmingCharacters(in: .newlines))
            #expect(said["tenant"] as? String == "acme")
            #expect(said["user"] as? String == "ada")
            #expect(said["sub"] as? String == "development")
            #expect(said["scopes"] as? [String] == ["read", "admin"])
            let (issued, ends) = (try #require(said["iat"] as? Int), try #require(said["exp"] as? Int))
            #expect(ends - issued == 7200)
            let file = try FileManager.default.attributesOfItem(atPath: state + "/token-key.pem")
            #expect(file[.posixPermissions] as? Int == 0o600)

            let daemon = try await Daemon.start(state: state)
            #expect(daemon.log.contains("tokens are taken"), "\(daemon.log)")
            #expect(daemon.log.contains("tokens of \"packagingd token\" are taken"), "\(daemon.log)")
            // Beside the daemon, which holds the lock of the folder.
            let second = try await packagingd("token", "--state-dir", state, "--tenant", "acme")
            #expect(second.status == 0, "\(second.errors)")
            #expect(
                try claims(second.output.trimmingCharacters(in: .newlines))["jti"] as? String != said["jti"] as? String
            )
            try await daemon.stop()
            #expect(!daemon.log.contains(second.output.trimmingCharacters(in: .newlines)))
        }
    }

    @Test("a daemon with an issuer says whose tokens it takes, and not those for development")
    func issuer() async throws {
        try await withFolder { folder in
            let keys = folder + "/keys.json"
            let set =
                #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026-12","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#
            try set.write(toFile: keys, atomically: true, encoding: .utf8)
            let arguments = [
                "--jwks", keys, "--token-issuer", "https://login.example.com/", "--token-audience", "khipu",
            ]
            let daemon = try await Daemon.start(state: folder + "/state", arguments: arguments)
            #expect(daemon.log.contains("https://login.example.com/"), "\(daemon.log)")
            #expect(daemon.log.contains("2026-12 (EdDSA)"), "\(daemon.log)")
            #expect(!daemon.log.contains("packagingd token"), "\(daemon.log)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/state/token-key.pem"))
            try await daemon.stop()
        }
    }

    @Test(
        "wrong options for a token are refused as usage",
        arguments: [["--valid", "91d"], ["--scope", "write"], ["--user", ""]]
    )
    func usage(_ options: [String]) async throws {
        let outcome = try await Program.run(
            Program.built("packagingd"),
            ["token", "--tenant", "acme", "--state-dir", "/nowhere/state"] + options,
            timeout: .seconds(120)
        )
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains(options[0]), "\(outcome.errors)")
    }
}
