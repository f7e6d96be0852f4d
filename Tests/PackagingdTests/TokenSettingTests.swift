import ArgumentParser
import Foundation
import TestSupport
import Testing
import Tokens

@testable import packagingd

@Suite("Whose tokens are taken")
struct TokenSettingTests {
    private static let names = "token-issuer: https://login.example.com/\ntoken-audience: packaging\n"
    private static let key =
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#

    @Test("without a setting it is the key in the state folder, for the issuer and audience of packagingd token")
    func development() throws {
        try withBench("state-dir: /srv/state\n") { bench in
            let configuration = try bench.load()
            let trust = try configuration.tokenTrust()
            #expect(trust.keys == .development(folder: "/srv/state"))
            #expect(trust.issuer == DevelopmentKey.issuer)
            #expect(trust.audience == DevelopmentKey.audience)
            #expect(trust.secret == nil)
            #expect(!configuration.trustsIssuer)
        }
    }

    @Test("keys come from a file or a URL, a secret from a file, alone or together")
    func issuers() throws {
        let secret = String(repeating: "s", count: 32)
        try withBench { bench in
            let (keys, file) = (bench.folder.file("keys.json"), bench.folder.file("secret"))
            try Data(Self.key.utf8).write(to: URL(fileURLWithPath: keys))
            try writeSecret(secret + "\n", to: file)
            try bench.write(Self.names + "jwks: https://login.example.com/keys.json\n")
            var trust = try bench.load().tokenTrust()
            #expect(trust.keys == (try KeyLocation("https://login.example.com/keys.json")))
            #expect(trust.issuer == "https://login.example.com/")
            #expect(trust.audience == "packaging")
            #expect(trust.secret == nil)
            try bench.write(Self.names + "jwks: \(keys)\ntoken-secret-file: \(file)\n")
            trust = try bench.load().tokenTrust()
            #expect(trust.keys == .file(keys))
            #expect(trust.secret == Array(secret.utf8))
            try bench.write(Self.names + "token-secret-file: \(file)\n")
            let configuration = try bench.load()
            #expect(configuration.trustsIssuer)
            #expect(try configuration.tokenTrust().keys == nil)
            #expect(!configuration.table.contains(secret))
        }
    }

    @Test(
        "each mistake is named",
        arguments: [
            ("jwks: https://a.example/k", "1: jwks: needs token-issuer, which says whose tokens are taken"),
            (
                "jwks: https://a.example/k\ntoken-issuer: a",
                "1: jwks: needs token-audience, which says whose tokens are taken"
            ),
            ("token-issuer: a", "1: token-issuer: there is neither jwks nor token-secret-file that it could be for"),
            (
                "token-audience: a",
                "1: token-audience: there is neither jwks nor token-secret-file that it could be for"
            ),
            ("token-issuer: ' '", "1: token-issuer: is empty; expected a line of text"),
            (
                "jwks: http://a.example/k",
                "1: jwks: cannot use the URL: it is not encrypted; expected https, as only this machine may be asked with http"
            ),
            (
                "jwks: https://a:hunter2@a.example/k",
                "1: jwks: cannot use the URL: it holds a user or a password, which "
                    + "others could read"
            ),
            ("jwks: ftp://a.example/k", "1: jwks: cannot use the URL: it is neither https nor http"),
            ("jwks: keys.json", "1: jwks: \"keys.json\" is not absolute; expected a path that begins with /"),
            ("jwks: /nowhere/keys.json", "1: jwks: could not read \"/nowhere/keys.json\": No such file or directory"),
            ("jwks: /dev/null", "1: jwks: \"/dev/null\" is not JSON"),
        ] as [(String, String)]
    )
    func mistakes(_ text: String, _ mistake: String) throws {
        try withBench(text) { bench in
            let mistakes = try bench.mistakes()
            #expect(mistakes.contains(mistake), "\(mistakes)")
            #expect(!mistakes.joined().contains("hunter2"))
        }
    }

    @Test("a key set without a usable key and a secret that is too short are mistakes, and not quoted")
    func files() throws {
        try withBench { bench in
            let (keys, file) = (bench.folder.file("keys.json"), bench.folder.file("secret"))
            try Data(#"{"keys":[{"kty":"oct","k":"hunter2"}]}"#.utf8).write(to: URL(fileURLWithPath: keys))
            try writeSecret("hunter2", to: file)
            try bench.write(Self.names + "jwks: \(keys)\ntoken-secret-file: \(file)\n")
            #expect(
                try bench.mistakes() == [
                    "3: jwks: \"\(keys)\" holds no key that tokens can be checked with: key 1 is a secret, which belongs in "
                        + "no key set",
                    "4: token-secret-file: the secret in \"\(file)\" has 7 bytes; it needs at least 32",
                ]
            )
        }
    }

    @Test("addresses that other machines reach are known")
    func addresses() {
        var configuration = DaemonConfiguration(
            file: ConfigurationFile(flag: nil, environment: [:], folder: "/"),
            absence: nil
        )
        configuration.values[Setting.listen.name] = ResolvedSetting(
            value: .list([
                "unix:/a", "tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1", "tcp://0.0.0.0:1",
                "tcp://127.books.invalid:1",
            ]),
            origin: .standard
        )
        #expect(configuration.addressesBeyondThisMachine == ["tcp://0.0.0.0:1", "tcp://127.books.invalid:1"])
    }

    @Test(
        "a wrong command line for a token is refused",
        arguments: [
            [], ["--tenant", ""], ["--tenant", "a\u{7}"], ["--tenant", "a", "--user", ""],
            ["--tenant", "a", "--service", " "],
            ["--tenant", "a", "--scope", "write"], ["--tenant", "a", "--scope", "read,"],
            ["--tenant", "a", "--valid", "0h"],
            ["--tenant", "a", "--valid", "1"], ["--tenant", "a", "--valid", "91d"],
            ["--tenant", "a", "--valid", "-1h"],
            ["--tenant", "a", "--valid", "99999999999999999999d"], ["--tenant", "a", "--valid", "1w"],
        ]
    )
    func commandLine(_ arguments: [String]) {
        #expect(throws: (any Error).self) { _ = try Token.parse(arguments) }
    }

    @Test("lives from a second to 90 days are taken", arguments: ["1s", "30m", "1h", "7d", "90d", "2160h"])
    func lives(_ life: String) throws {
        _ = try Token.parse(["--tenant", "a", "--valid", life])
    }
}
