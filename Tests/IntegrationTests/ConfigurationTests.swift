import Foundation
import Testing

@Suite("The configuration of a running daemon")
struct ConfigurationTests {
    private func packagingd(
        _ arguments: [String],
        _ environment: [String: String] = [:]
    ) async throws -> Program.Outcome {
        try await Program.run(Program.built("packagingd"), arguments, environment: environment, timeout: .seconds(120))
    }

    private func write(_ text: String, _ path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func waitForLine(_ daemon: Daemon, _ words: String) async throws {
        try await within(.seconds(120), "the line \"\(words)\"") {
            while !daemon.log.contains(words) { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    @Test("SIGHUP applies the new level, names the settings that need a restart, and survives a wrong file")
    func reloads() async throws {
        try await withFolder { folder in
            let file = folder + "/packagingd.yaml"
            try write("log-level: info\nworkers: 1\n", file)
            let daemon = try await Daemon.launch(state: folder + "/state", arguments: ["--config", file])
            // SIGHUP works before the daemon serves, too.
            try await waitForLine(daemon, "workers start")
            daemon.signal(SIGHUP)
            try await waitForLine(daemon, "configuration reloaded applied=0")
            try await waitForLine(daemon, " info packagingd: listening ")
            #expect(try await daemon.packctl("projects").status == 0)
            #expect(!daemon.log.contains(" debug "), "\(daemon.log)")

            try write("log-level: debug\nworkers: 2\n", file)
            daemon.signal(SIGHUP)
            try await waitForLine(daemon, "setting changed and applied after=debug before=info by=\(file):1")
            try await waitForLine(daemon, "setting changed, and needs a restart after=2 before=1 by=\(file):2")
            try await waitForLine(daemon, "configuration reloaded applied=1")
            #expect(try await daemon.packctl("projects").status == 0)
            try await waitForLine(daemon, " debug packagingd: call finished ")

            try write("log-level: loud\nwokers: 2\n", file)
            daemon.signal(SIGHUP)
            try await waitForLine(daemon, "configuration not reloaded: the daemon goes on with what it has")
            #expect(daemon.log.contains("\(file):1: log-level: "), "\(daemon.log)")
            #expect(daemon.log.contains("\(file):2: wokers: "), "\(daemon.log)")
            #expect(try await daemon.packctl("health").status == 0)

            // SIGHUP after SIGTERM does not count as a second order to stop.
            daemon.signal(SIGTERM)
            daemon.signal(SIGHUP)
            try await daemon.waitForEnd()
        }
    }

    @Test("a daemon with mistakes in its settings does not start, names all as config check does, and ends with 2")
    func mistakes() async throws {
        try await withFolder { folder in
            let file = folder + "/packagingd.yaml"
            try write("wokers: 2\ndatabase-url: postgresql://a:hunter2@db/x\n", file)
            let environment = ["PACKAGINGD_LOG_LEVEL": "loud"]
            let arguments = ["--config", file, "--state-dir", folder + "/state", "--workers", "0"]
            let checked = try await packagingd(["config", "check"] + arguments, environment)
            #expect(checked.status == 2)
            #expect(checked.output == "")
            #expect(
                checked.errors == """
                    packagingd: the configuration has 4 mistakes
                    --workers: 0 is not between 1 and 1024
                    PACKAGINGD_LOG_LEVEL: "loud" is none of debug, info, notice, warning, error
                    \(file):1: wokers: there is no such setting; did you mean "workers"?
                    \(file):2: database-url: holds a password, which others on this machine can read: put it into the \
                    file that database-password-file names, or as host:port:database:user:password into the one that \
                    PGPASSFILE names
                    hint: "packagingd config reference" describes every setting.

                    """
            )
            let served = try await packagingd(["serve"] + arguments, environment)
            #expect(served.status == 2)
            #expect(served.errors == checked.errors)
            #expect(!FileManager.default.fileExists(atPath: folder + "/state"))
            for command in ["doctor", "migrate"] {
                let outcome = try await packagingd([command, "--config", file], environment)
                #expect(outcome.status == 2)
                #expect(outcome.errors.contains("\(file):1: wokers: "), "\(outcome.errors)")
            }
        }
    }

    @Test("config check shows the values that count and where they come from, and creates nothing")
    func check() async throws {
        try await withFolder { folder in
            let file = folder + "/packagingd.yaml"
            try write("state-dir: \(folder)/state\nlog-level: debug\n", file)
            let outcome = try await packagingd(
                ["config", "check", "--workers", "3"],
                ["PACKAGINGD_CONFIG": file, "PACKAGINGD_DRAIN_SECONDS": "7", "PACKAGINGD_WORKER": "1"]
            )
            #expect(outcome.status == 0)
            #expect(outcome.errors.contains("warning: PACKAGINGD_WORKER: there is no"), "\(outcome.errors)")
            #expect(outcome.output.hasPrefix("\(file): read\n"))
            for row in [
                #/state-dir +\S+/state +\S+packagingd.yaml:1/#, #/listen +unix:\S+/state/packagingd.sock +default/#,
                #/workers +3 +--workers/#, #/drain-seconds +7 +PACKAGINGD_DRAIN_SECONDS/#,
                #/log-level +debug +\S+packagingd.yaml:2/#, #/log-format +text +default/#,
            ] { #expect(outcome.output.contains(row), "\(outcome.output)") }
            #expect(!FileManager.default.fileExists(atPath: folder + "/state"))
        }
    }

    @Test("the password from the file reaches the database, and appears in no message")
    func password() async throws {
        try await withFolder { folder in
            let secret = folder + "/password"
            try write("hunter2\n", secret)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
            // A server that asks for the password in clear text, prints it, and hangs up.
            let server = try await Running.start(
                "python3",
                [
                    "-c",
                    """
                    import socket, struct
                    listener = socket.create_server(("127.0.0.1", 0))
                    print(listener.getsockname()[1], flush=True)
                    def message(stream, kind):
                        head = stream.read(kind + 4)
                        if len(head) < kind + 4: return b"nothing"
                        return stream.read(struct.unpack("!I", head[kind:])[0] - 4)
                    while True:
                        connection, _ = listener.accept()
                        stream = connection.makefile("rb")
                        message(stream, 0)
                        connection.sendall(b"R" + struct.pack("!II", 8, 3))
                        print(message(stream, 1), flush=True)
                        connection.close()
                    """,
                ]
            )
            let port = try await within(.seconds(120), "the server's port") {
                while true {
                    if let port = server.output.split(separator: "\n").first { return String(port) }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            let url = "postgresql://ada@127.0.0.1:\(port)/x?sslmode=disable&gssencmode=disable"
            let outcome = try await packagingd(
                ["migrate", "--database-url", url],
                ["PACKAGINGD_DATABASE_PASSWORD_FILE": secret, "PACKAGINGD_DATABASE_URL": "postgresql://daemon@db/x"]
            )
            // The password belongs to another database, so it is not sent.
            #expect(outcome.errors.contains("no password supplied"), "\(outcome.errors)")
            let both = try await packagingd(["migrate", "--database-url", url, "--database-password-file", secret])
            #expect(both.status == 1)
            #expect(both.errors.contains("could not use the database that --database-url names"), "\(both.errors)")
            #expect(!both.errors.contains("hunter2"), "\(both.errors)")
            #expect(server.output.contains("hunter2"), "\(server.output)")
        }
    }

    @Test("wrong flags end with 2, and help, version, the reference page and the example file with 0")
    func exitCodes() async throws {
        #expect(try await packagingd(["serve", "--no-such-flag"]).status == 2)
        #expect(try await packagingd(["config", "chekc"]).status == 2)
        // Without a database's URL it is the private one, and this folder has none.
        let bare = try await packagingd(
            ["migrate", "--config", "/dev/null", "--state-dir", "/nonexistent"],
            ["PACKAGINGD_DATABASE_URL": ""]
        )
        #expect(bare.status == 1)
        #expect(bare.errors.contains("the state folder \"/nonexistent\" has no database"), "\(bare.errors)")
        for arguments in [["--help"], ["--version"], ["config", "reference"], ["config", "example"]] {
            let outcome = try await packagingd(arguments)
            #expect(outcome.status == 0)
            #expect(!outcome.output.isEmpty)
            #expect(outcome.errors.isEmpty)
        }
    }
}
