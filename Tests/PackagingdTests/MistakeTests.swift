import Foundation
import TestSupport
import Testing

@testable import packagingd

@Suite("Mistakes in the configuration")
struct MistakeTests {
    @Test(
        "each mistake is named with its line, the setting, what is wrong and what is expected",
        arguments: [
            ("b: 1\na", "2: is not YAML: could not find expected ':' up to line 3"),
            ("\nwokers: 4", "2: wokers: there is no such setting; did you mean \"workers\"?"),
            ("log_level: info", "1: log_level: there is no such setting; did you mean \"log-level\"?"),
            ("Workers: 4", "1: Workers: there is no such setting; did you mean \"workers\"?"),
            (
                "database-password: hunter2",
                "1: database-password: there is no such setting; did you mean \"database-password-file\"?"
            ),
            (
                "password: hunter2",
                "1: password: there is no such setting; did you mean \"database-password-file\"?"
            ),
            ("colour: red", "1: colour: there is no such setting"),
            ("<<: {workers: 3}", "1: <<: merge keys are not supported: write the settings out"),
            ("? [a]\n: 1", "1: has a list for a key; expected the name of a setting"),
            ("workers: 0", "1: workers: 0 is not between 1 and 1024"),
            ("workers: 1025", "1: workers: 1025 is not between 1 and 1024"),
            ("workers: -1", "1: workers: -1 is not between 1 and 1024"),
            ("workers: 99999999999999999999", "1: workers: 99999999999999999999 is not between 1 and 1024"),
            ("workers: four", "1: workers: \"four\" is not a whole number from 1 to 1024"),
            ("workers: 4.0", "1: workers: \"4.0\" is not a whole number from 1 to 1024"),
            ("workers: 0x10", "1: workers: \"0x10\" is not a whole number from 1 to 1024"),
            ("workers: 010", "1: workers: \"010\" is not a whole number from 1 to 1024"),
            ("workers: 1_000", "1: workers: \"1_000\" is not a whole number from 1 to 1024"),
            (
                "workers: \"4\"",
                "1: workers: is text in quotes; expected a whole number from 1 to 1024, without quotes"
            ),
            ("workers: [4]", "1: workers: is a list; expected a whole number from 1 to 1024"),
            ("workers:\n  at-once: 4", "2: workers: is a mapping; expected a whole number from 1 to 1024"),
            (
                "workers:",
                "1: workers: has no value; expected a whole number from 1 to 1024, or no such line"
            ),
            (
                "workers: ~",
                "1: workers: has no value; expected a whole number from 1 to 1024, or no such line"
            ),
            (
                "state-dir: null",
                "1: state-dir: has no value; expected a path, or no such line"
            ),
            ("workers:\n  5000", "2: workers: 5000 is not between 1 and 1024"),
            ("migrate: yes", "1: migrate: \"yes\" is not true or false; did you mean true?"),
            ("migrate: off", "1: migrate: \"off\" is not true or false; did you mean false?"),
            ("migrate: False", "1: migrate: \"False\" is not true or false; did you mean false?"),
            ("migrate: 'true'", "1: migrate: is text in quotes; expected true or false, without quotes"),
            ("migrate: maybe", "1: migrate: \"maybe\" is not true or false"),
            ("drain-seconds: 3601", "1: drain-seconds: 3601 is not between 0 and 3600"),
            (
                "log-level: loud",
                "1: log-level: \"loud\" is none of debug, info, notice, warning, error"
            ),
            (
                "log-level: warn",
                "1: log-level: \"warn\" is none of debug, info, notice, warning, error; did you mean warning?"
            ),
            (
                "log-level: INFO",
                "1: log-level: \"INFO\" is none of debug, info, notice, warning, error; did you mean info?"
            ),
            ("log-format: xml", "1: log-format: \"xml\" is neither text nor json"),
            ("state-dir: here", "1: state-dir: \"here\" is not absolute; expected a path that begins with /"),
            ("state-dir: ''", "1: state-dir: is empty; expected a path"),
            (
                "state-dir: |\n  /srv\n",
                "1: state-dir: holds a line break or a control character; expected a path"
            ),
            (
                "listen: tcp://0.0.0.0",
                "1: listen: \"tcp://0.0.0.0\" is not an address such as tcp://0.0.0.0:7443"
            ),
            (
                "listen: /run/p.sock",
                "1: listen: \"/run/p.sock\" is not an address such as unix:/run/packagingd.sock or "
                    + "tcp://0.0.0.0:7443"
            ),
            ("listen:\n- unix:/a\n- unix:/b\n- unix:/a", "4: listen: \"unix:/a\" is listed twice"),
            (
                "listen: []",
                "1: listen: is an empty list; expected an address such as unix:/run/packagingd.sock or tcp://0.0.0.0:7443, "
                    + "or a list of them"
            ),
            (
                "listen:\n- [unix:/a]",
                "2: listen: holds a list; expected an address such as unix:/run/packagingd.sock or tcp://0.0.0.0:7443, "
                    + "or a list of them"
            ),
            (
                "blob-url: https://hunter2@blobs.example.com",
                "1: blob-url: is neither file:///PATH nor s3://BUCKET/PREFIX"
            ),
            (
                "database-url: postgresql://[",
                "1: database-url: cannot be parsed; expected a URL such as postgresql://user@host/database, or "
                    + "key=value pairs as in libpq"
            ),
            ("workers: 2\nlog-level: info\nworkers: 3", "3: workers: is set again; line 1 sets it first"),
            ("listen: {a: 1, a: 2}", "1: is not YAML: a key is given twice in one mapping"),
            (
                "drain-seconds: &n 5\nworkers: 5",
                "1: drain-seconds: has an anchor; anchors and aliases are not supported: write the value out"
            ),
            ("workers: *n", "1: is not YAML: found undefined alias"),
            ("workers: !secret 5", "1: workers: has the tag !secret, which is not supported"),
            ("listen:\n\t- unix:/a", "2: is indented with a tab; expected spaces"),
            ("log-level: @info", "1: is not YAML: found character that cannot start any token"),
            ("workers: 2\n  log-level: info", "2: is not YAML: mapping values are not allowed in this context"),
            ("\nlisten: [unix:/a\n", "2: is not YAML: did not find expected ',' or ']' up to line 3"),
            ("state-dir: \"/srv\nworkers: 1", "1: is not YAML: found unexpected end of stream up to line 2"),
            ("workers: 2\n---\nworkers: 3", "2: begins a second document; expected one"),
            ("- workers", "1: is a list; expected lines such as \"log-level: info\""),
            ("\n\nhello", "3: is a single value; expected lines such as \"log-level: info\""),
            ("workers: 2\n# a \u{7} bell", "2: holds the character U+0007, which has no place here"),
            ("# a\u{2028}break\nworkers: 0", "1: holds the character U+2028, which has no place here"),
        ] as [(String, String)]
    )
    func one(_ text: String, _ mistake: String) throws {
        try withBench(text) { bench in
            let mistakes = try bench.mistakes()
            #expect(mistakes.contains(mistake), "\(mistakes)")
            #expect(!mistakes.joined().contains("hunter2"))
        }
    }

    @Test("an alias is reported at its own line, not at its anchor's")
    func alias() throws {
        try withBench("drain-seconds: &n 5\n\nworkers: *n") { bench in
            let reason = "anchors and aliases are not supported: write the value out"
            let mistakes = try bench.mistakes()
            #expect(
                mistakes == [
                    "1: drain-seconds: has an anchor; \(reason)", "3: workers: is an alias; \(reason)",
                ]
            )
        }
    }

    @Test("all mistakes are named at once, in the order of the lines, after those of flags and variables")
    func all() throws {
        let text = """
            state-dir: state
            wokers: 4
            workers: 0
            listen:
              - unix:/a
              - tcp://x
              - /b
            log-level: loud
            workers: 9
            log-level: info
            database-url: host=db password=hunter2
            migrate: yes
            """
        try withBench(text) { bench in
            bench.flags = ["--drain-seconds", "x", "--blob-url", "az://b"]
            bench.environment["PACKAGINGD_WORKERS"] = "many"
            bench.environment["PACKAGINGD_LOG_FORMAT"] = "xml"
            let mistakes = try bench.mistakes()
            let places = mistakes.map { $0.split(separator: ":").prefix(2).joined(separator: ":") }
            #expect(
                places.map { $0.prefix { $0 != ":" } } == [
                    "--blob-url", "--drain-seconds", "PACKAGINGD_WORKERS", "PACKAGINGD_LOG_FORMAT", "1", "2", "3", "6",
                    "7", "8", "9", "10", "11", "12",
                ],
                "\(mistakes)"
            )
            #expect(!mistakes.joined().contains("hunter2"))
        }
    }

    @Test("after a line that is not YAML the other lines are checked, too")
    func afterSyntax() throws {
        let text = """
            listen: [unix:/a
            workers: 0
            state-dir: "/srv
            log-level: @info
            log-format: xml
            wokers: 1
            \tdrain-seconds: 1
            """
        try withBench(text) { bench in
            let mistakes = try bench.mistakes()
            #expect(mistakes.map { $0.prefix(1) } == ["1", "2", "3", "4", "5", "6", "7"], "\(mistakes)")
        }
    }

    @Test("a value that is overridden by a stronger source has to be right, too")
    func overridden() throws {
        try withBench("workers: 0") { bench in
            bench.flags = ["--workers", "4"]
            let mistakes = try bench.mistakes()
            #expect(mistakes == ["1: workers: 0 is not between 1 and 1024"])
        }
    }

    @Test("a URL with a password is refused from every source, and never quoted, whether it can be parsed or not")
    func passwords() throws {
        for url in ["postgresql://a:hunter2@db/x", "host=db password=hunter2", "postgresql://a:hunter2@[/x"] {
            try withBench("database-url: \(url)") { bench in
                bench.flags = ["--database-url", url]
                bench.environment["PACKAGINGD_DATABASE_URL"] = url
                let mistakes = try bench.mistakes()
                #expect(mistakes.count == 3, "\(mistakes)")
                #expect(!mistakes.joined().contains("hunter2"), "\(mistakes)")
                #expect(mistakes[0].hasPrefix("--database-url: "))
                #expect(mistakes[1].hasPrefix("PACKAGINGD_DATABASE_URL: "))
                #expect(mistakes[2].hasPrefix("1: database-url: "))
            }
        }
    }

    @Test("a line that is not YAML is not quoted, because it may hold a password")
    func quotesNoLine() throws {
        try withBench("database-url: [hunter2\nb") { bench in
            let mistakes = try bench.mistakes()
            #expect(mistakes.count == 1)
            #expect(!mistakes.joined().contains("hunter2"), "\(mistakes)")
        }
    }

    @Test("a path that is too long for a socket is refused with its length")
    func longSocket() throws {
        let path = "/" + String(repeating: "x", count: 107)
        try withBench("listen: unix:\(path)") { bench in
            #expect(
                try bench.mistakes() == [
                    "1: listen: \"unix:\(path)\": the path has 108 bytes, a socket's at most 107"
                ]
            )
            try bench.write("listen: unix:\(path.dropLast())")
            #expect(try bench.mistakes() == [])
            try bench.write("state-dir: \(path)")
            #expect(
                try bench.mistakes() == [
                    "1: state-dir: the socket in it is \"unix:\(path)/packagingd.sock\": the path has 124 bytes, a socket's "
                        + "at most 107; name another with listen"
                ]
            )
        }
    }

    @Test("without a home there is no default state folder, unless we are root")
    func noHome() throws {
        try withBench { bench in
            bench.environment = [:]
            let mistakes = try bench.mistakes()
            if geteuid() == 0 {
                #expect(mistakes == [])
            } else {
                #expect(mistakes.first?.hasPrefix("state-dir: cannot choose a state folder") == true)
            }
        }
    }

    @Test("an unknown variable that looks like a setting is a warning with the likely name, and not a mistake")
    func strangeVariables() throws {
        try withBench { bench in
            bench.environment["PACKAGINGD_WORKER"] = "4"
            bench.environment["PACKAGINGD_SERVICE_HOST"] = "10.0.0.1"
            let warnings = try bench.load().warnings
            #expect(
                warnings == [
                    "PACKAGINGD_SERVICE_HOST: there is no such setting, it is ignored",
                    "PACKAGINGD_WORKER: there is no such setting, it is ignored; did you mean PACKAGINGD_WORKERS?",
                ]
            )
        }
    }
}
