import Foundation
import Logging
import TestSupport
import Testing

@testable import packagingd

@Suite("Which value of a setting counts")
struct PrecedenceTests {
    /// Three values of every setting: the flag's, the variable's and the file's.
    private static let values: [String: [String]] = [
        "state-dir": ["/flag", "/variable", "/file"],
        "listen": ["unix:/flag", "unix:/variable", "unix:/file"],
        "insecure-loopback": ["false", "false", "false"],
        "socket-group": ["1", "2", "3"],
        "max-connections": ["16", "17", "18"],
        "max-connections-per-peer": ["1", "2", "3"],
        "gateway-peers": ["uid:1", "uid:2", "uid:3"],
        "database-url": ["postgresql://flag/x", "postgresql://variable/x", "postgresql://file/x"],
        "migrate": ["false", "false", "false"],
        "blob-url": ["file:///flag", "s3://variable/x", "s3://file/x"],
        "http-proxy": ["http://flag:1", "http://variable:1", "http://file:1"],
        "workers": ["3", "4", "5"],
        "drain-seconds": ["6", "7", "8"],
        "log-level": ["debug", "warning", "error"],
        "log-format": ["json", "json", "json"],
    ]

    private func flag(_ setting: Setting, _ value: String) -> [String] {
        setting.kind == .boolean ? [setting.negativeFlag] : [setting.flag, value]
    }

    @Test("a flag wins over the variable, the variable over the file, the file over the default: for every setting")
    func precedence() throws {
        // Settings that name files have tests of their own, and those that belong to others are refused alone.
        let dependent = [
            "database-password-file", "jwks", "token-issuer", "token-audience", "token-secret-file", "blob-endpoint",
            "blob-region", "blob-path-style",
        ]
        for setting in Setting.all where ![.keyFile, .file].contains(setting.kind) && !dependent.contains(setting.name)
        {
            let values = try #require(Self.values[setting.name], "no values to try for \(setting.name)")
            try withBench("# first\n\(setting.name): \(values[2])\n") { bench in
                func resolved() throws -> ResolvedSetting? { try bench.load().values[setting.name] }
                let fromFile = try #require(try resolved())
                #expect("\(fromFile.value)" == values[2])
                #expect(fromFile.origin == .line(file: bench.path, 2))

                bench.environment[setting.variable] = values[1]
                let fromVariable = try #require(try resolved())
                #expect("\(fromVariable.value)" == values[1])
                #expect(fromVariable.origin == .variable(setting.variable))

                bench.flags = flag(setting, values[0])
                let fromFlag = try #require(try resolved())
                #expect("\(fromFlag.value)" == values[0])
                #expect(fromFlag.origin == .flag(bench.flags[0]))

                bench.flags = []
                bench.environment[setting.variable] = ""
                #expect(try resolved()?.origin == .line(file: bench.path, 2), "an empty variable counts as none")
                try bench.write("")
                let standard = try resolved()
                #expect(standard == nil || standard?.origin == .standard)
            }
        }
    }

    @Test("the password files of flag, variable and file have the same order")
    func passwordFile() throws {
        try withBench { bench in
            for name in ["flag", "variable", "file"] {
                try writeSecret("secret of \(name)\n", to: bench.folder.file(name))
            }
            try bench.write("database-url: postgresql://x/y\ndatabase-password-file: \(bench.folder.file("file"))\n")
            #expect(try bench.load().database()?.password == "secret of file")
            bench.environment["PACKAGINGD_DATABASE_PASSWORD_FILE"] = bench.folder.file("variable")
            #expect(try bench.load().database()?.password == "secret of variable")
            bench.flags = ["--database-password-file", bench.folder.file("flag")]
            #expect(try bench.load().database()?.password == "secret of flag")
        }
    }

    @Test("a password is not sent to a database that was named by a stronger source")
    func otherDatabase() throws {
        try withBench { bench in
            let secret = bench.folder.file("secret")
            try writeSecret("hunter2", to: secret)
            try bench.write("database-url: postgresql://daemon@db/x\ndatabase-password-file: \(secret)\n")
            bench.flags = ["--database-url", "postgresql://owner@db/x"]
            let configuration = try bench.load()
            #expect(try configuration.database()?.password == nil)
            #expect(try configuration.database()?.url == "postgresql://owner@db/x")
            #expect(configuration.table.contains(":2, not used: database-url comes from elsewhere"))

            try bench.write("database-password-file: \(secret)\n")
            #expect(try bench.load().database()?.password == "hunter2", "given without a URL, it is for any")
        }
    }

    @Test("defaults follow from the state folder, whatever source named it")
    func defaults() throws {
        try withBench { bench in
            bench.flags = ["--state-dir", "state/../mine"]
            let configuration = try bench.load()
            #expect(configuration.stateFolder == "/home/ada/mine")
            #expect(configuration.sockets == ["/home/ada/mine/packagingd.sock"])
            #expect(configuration.blobs == .folder("/home/ada/mine/blobs"))
            #expect(configuration.workers == DaemonConfiguration.cores)
            #expect(configuration.grace == .seconds(10))
            #expect(configuration.migrates)
            #expect(configuration.logLevel == .info)
            #expect(configuration.logFormat == .text)
            #expect(try configuration.database() == nil)
        }
    }

    @Test("several addresses are several flags, a variable with commas or a list in the file; the strongest counts")
    func addresses() throws {
        try withBench { bench in
            try bench.write("listen:\n- unix:/a\n- unix:/b\n")
            #expect(try bench.load().sockets == ["/a", "/b"])
            bench.environment["PACKAGINGD_LISTEN"] = "unix:/c, unix:/d"
            #expect(try bench.load().sockets == ["/c", "/d"])
            bench.flags = ["--listen", "unix:/e", "--listen", "unix:/f"]
            #expect(try bench.load().sockets == ["/e", "/f"])
        }
    }

    @Test("the flag names the file, else the variable does, else the usual file is read if it is there")
    func file() throws {
        try withBench("workers: 2\n") { bench in
            #expect(try bench.load(file: false).values["workers"]?.origin == .standard)
            #expect(try bench.load(file: false).absence == "does not exist")
            try Data("workers: 3\n".utf8).write(to: URL(fileURLWithPath: bench.folder.file("usual.yaml")))
            #expect(try bench.load(file: false).workers == 3)
            bench.environment["PACKAGINGD_CONFIG"] = bench.path
            #expect(try bench.load(file: false).workers == 2)
            bench.environment["PACKAGINGD_CONFIG"] = "/dev/null"
            #expect(try bench.load(file: false).values["workers"]?.origin == .standard)
            bench.flags = ["--config", bench.path]
            #expect(try bench.load(file: false).workers == 2)
            bench.environment["PACKAGINGD_CONFIG"] = ""
            bench.flags = []
            #expect(try bench.load(file: false).workers == 3)
        }
    }
}
