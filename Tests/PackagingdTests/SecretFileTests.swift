import Foundation
import TestSupport
import Testing

@testable import packagingd

@Suite("Files with a secret")
struct SecretFileTests {
    private func withSecret(_ bytes: [UInt8], mode: Int = 0o600, _ body: (String) throws -> Void) throws {
        let folder = TemporaryFolder("secret")
        defer { folder.remove() }
        let path = folder.file("password")
        try writeSecret(bytes, to: path, mode: mode)
        try body(path)
    }

    private func reason(_ path: String) -> String {
        do throws(SettingFault) {
            _ = try SecretFile.read(path)
            return ""
        } catch {
            return error.reason.replacing(path, with: "FILE")
        }
    }

    @Test(
        "the secret is the content without the line break at its end; all spaces belong to it",
        arguments: [
            ("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), (" h 2 \n", " h 2 "),
            ("pässword\n", "pässword"),
        ]
    )
    func content(_ bytes: String, _ secret: String) throws {
        try withSecret(Array(bytes.utf8)) { path in
            let read = try SecretFile.read(path)
            #expect(read == secret)
        }
    }

    @Test("a file that holds no secret is refused, and not quoted")
    func noSecret() throws {
        for (bytes, words) in [
            (Array("".utf8), "\"FILE\" is empty; expected the secret"),
            (Array("\n".utf8), "\"FILE\" is empty; expected the secret"),
            (Array("hunter2\nhunter3\n".utf8), "\"FILE\" has more than one line; expected the secret alone"),
            (Array("hunter2\n\n".utf8), "\"FILE\" has more than one line; expected the secret alone"),
            (Array("hunter2\0".utf8), "\"FILE\" has more than one line; expected the secret alone"),
            ([0x68, 0xE9], "\"FILE\" is not text in UTF-8"),
            (
                [UInt8](repeating: 0x68, count: 4097),
                "\"FILE\" is larger than 4096 bytes; expected the secret alone"
            ),
        ] as [([UInt8], String)] {
            try withSecret(bytes) { #expect(reason($0) == words) }
        }
        let folder = TemporaryFolder("secret")
        defer { folder.remove() }
        #expect(reason(folder.path) == "\"FILE\" is a folder; expected a file with the secret")
        #expect(reason(folder.file("none")).hasSuffix("No such file or directory"))
    }

    @Test(
        "a file that others can read or write is refused with its mode",
        arguments: [0o604, 0o602, 0o666, 0o644, 0o620]
    )
    func open(_ mode: Int) throws {
        try withSecret(Array("hunter2".utf8), mode: mode) { path in
            let octal = String(mode, radix: 8)
            #expect(
                reason(path)
                    == "\"FILE\" can be read or written by other users (mode \(octal)); run \"chmod 600\" on it"
            )
        }
    }

    @Test("the group may read a file only if root owns it; a third user's file is refused unless we are root")
    func owners() {
        func isRefused(owner: UInt32, mode: UInt32, user: UInt32) -> Bool {
            do throws(SettingFault) {
                try SecretFile.checkAccess("/secret", owner: owner, permissions: mode, user: user)
                return false
            } catch {
                return true
            }
        }
        #expect(!isRefused(owner: 0, mode: 0o440, user: 1000))
        #expect(!isRefused(owner: 0, mode: 0o640, user: 0))
        #expect(isRefused(owner: 0, mode: 0o660, user: 1000))
        #expect(isRefused(owner: 0, mode: 0o444, user: 1000))
        #expect(!isRefused(owner: 1000, mode: 0o400, user: 1000))
        #expect(isRefused(owner: 1000, mode: 0o440, user: 1000))
        #expect(isRefused(owner: 1001, mode: 0o400, user: 1000))
        #expect(!isRefused(owner: 1001, mode: 0o400, user: 0))
    }

    @Test("a secret appears in no error, no table and no description")
    func silent() throws {
        try withSecret(Array("hunter2\n".utf8)) { path in
            try withBench("database-url: postgresql://a@db/x\ndatabase-password-file: \(path)") { bench in
                let configuration = try bench.load()
                let login = try #require(try configuration.database())
                #expect(login.password == "hunter2")
                var dumped = ""
                dump(login, to: &dumped)
                dump(login.configuration(), to: &dumped)
                for text in [configuration.table, "\(configuration)", "\(login)", "\(login.configuration())", dumped] {
                    #expect(!text.contains("hunter2"), "\(text)")
                }
                try writeSecret("hunter2\n", to: path, mode: 0o644)
                #expect(try bench.mistakes().count == 1)
                #expect(try !bench.mistakes().joined().contains("hunter2"))
            }
        }
    }

    @Test("a password without a database is a mistake, but is not reported while the database's URL is wrong")
    func forNothing() throws {
        try withSecret(Array("hunter2\n".utf8)) { path in
            try withBench("database-password-file: \(path)") { bench in
                let mistakes = try bench.mistakes()
                #expect(
                    mistakes == [
                        "1: database-password-file: there is no database-url that it could be for; the private Postgres "
                            + "has no password"
                    ]
                )
                bench.flags = ["--database-url", "postgresql://["]
                #expect(try bench.mistakes().count == 1)
            }
        }
    }
}
