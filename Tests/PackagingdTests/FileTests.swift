import Foundation
import TestSupport
import Testing

@testable import packagingd

@Suite("The configuration file")
struct FileTests {
    @Test(
        "it is read if empty, of comments alone, with a byte order mark, with CR LF and in any style of YAML",
        arguments: [
            ("", nil), ("# nothing\n", nil), ("---\n", nil), ("--- ~\n", nil), ("\u{FEFF}workers: 3\n", 3),
            ("# a\r\nworkers: 3\r\n", 3), ("{workers: 3}", 3), ("---\nworkers: 3\n...\n", 3),
            ("\"workers\": 3", 3), ("workers: 3 # three", 3), ("workers:\n    3", 3), ("workers: 3", 3),
        ] as [(String, Int?)]
    )
    func reads(_ text: String, _ workers: Int?) throws {
        try withBench(text) { bench in
            let value = try bench.load().values["workers"]
            if let workers {
                #expect(value?.value == .number(workers))
            } else {
                #expect(value?.origin == .standard)
            }
        }
    }

    @Test("lines are counted as editors count them, also with CR LF")
    func crlf() throws {
        try withBench("# a\r\n\r\nworkers: 0\r\nlog-level: loud\r\n") { bench in
            let mistakes = try bench.mistakes()
            #expect(mistakes.map { $0.prefix(2) } == ["3:", "4:"])
        }
    }

    @Test("bytes that are not UTF-8 are named with their line")
    func notUTF8() throws {
        try withBench { bench in
            try bench.write(Array("workers: 3\n# caf".utf8) + [0xE9, 0x0A])
            #expect(try bench.mistakes() == ["2: is not text in UTF-8"])
            try bench.write([0xFF, 0xFE, 0x77, 0x00])
            #expect(try bench.mistakes() == ["1: is not text in UTF-8"])
        }
    }

    @Test("a path that is not a readable file of up to 64 KiB is refused, and the error says what named the path")
    func noFile() throws {
        try withBench { bench in
            func mistake(_ path: String) throws -> String {
                bench.flags = ["--config", path]
                return try bench.mistakes(file: false).joined().replacing(path, with: "FILE")
            }
            let folder = bench.folder
            #expect(try mistake(folder.path) == "FILE: is a folder; expected a file (named by --config)")
            #expect(
                try mistake(folder.file("none"))
                    == "FILE: cannot be read: No such file or directory (named by --config)"
            )
            #expect(unsafe mkfifo(folder.file("pipe"), 0o600) == 0)
            #expect(try mistake(folder.file("pipe")) == "FILE: is not a file (named by --config)")
            let big = URL(fileURLWithPath: folder.file("big"))
            try Data(repeating: UInt8(ascii: "#"), count: 1 << 16).write(to: big)
            #expect(try mistake(big.path) == "")
            try Data(repeating: UInt8(ascii: "#"), count: 1 << 16 + 1).write(to: big)
            #expect(
                try mistake(big.path)
                    == "FILE: is larger than 64 KiB; expected a few lines of settings (named by --config)"
            )
            bench.flags = []
            bench.environment["PACKAGINGD_CONFIG"] = "relative.yaml"
            #expect(
                try bench.mistakes(file: false) == [
                    "/home/ada/relative.yaml: cannot be read: No such file or directory (named by PACKAGINGD_CONFIG)"
                ]
            )
        }
    }

    @Test("endless nesting, aliases and duplicates are refused at little cost")
    func hostile() throws {
        try withBench { bench in
            for text in [
                String(repeating: "[", count: 60_000), String(repeating: "{a: ", count: 15_000),
                "a: &a [x,x]\n" + (0..<60).map { "a\($0): &a [*a,*a,*a,*a]\n" }.joined(),
                String(repeating: "workers: 1\n", count: 5000), String(repeating: "x", count: 60_000) + ": 1",
                String(repeating: "- ", count: 30_000),
            ] {
                try bench.write(text)
                #expect(try !bench.mistakes().isEmpty)
            }
        }
    }
}
