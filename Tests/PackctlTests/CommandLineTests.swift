import Foundation
import Model
import PackagingClient
import Synchronization
import Testing

@testable import PackctlCommands

@Suite("The command line")
struct CommandLineTests {
    @Test("options of every command may come before the command")
    func globalOptionsFirst() {
        let order = CommandLineOrder.commandFirst
        #expect(order(["--json", "jobs", "p"]) == ["jobs", "--json", "p"])
        #expect(order(["--address", "/a b", "--json", "jobs", "p"]) == ["jobs", "--address", "/a b", "--json", "p"])
        #expect(order(["--address=/a", "jobs", "--", "--json"]) == ["jobs", "--address=/a", "--", "--json"])
        #expect(order(["jobs", "p", "--json"]) == ["jobs", "p", "--json"])
        #expect(order(["-q", "--tenant", "t", "jobs", "p"]) == ["jobs", "-q", "--tenant", "t", "p"])
        #expect(order(["--json", "tenant", "list"]) == ["tenant", "list", "--json"])
        #expect(order(["--json", "tenant", "-q", "usage", "t"]) == ["tenant", "usage", "--json", "-q", "t"])
        #expect(order(["--json", "tenant"]) == ["tenant"])
        #expect(order(["--version"]) == ["--version"])
        #expect(order(["--address"]) == ["--address"])
        #expect(order([]) == [])
    }

    @Test(
        "a wrong command line exits with 2, a message and the right usage",
        arguments: [
            (["jobs"], "packctl: missing expected argument '<project>'\n"),
            (["jobs", "p", "--nope"], "packctl: unknown option '--nope'\n"),
            (["nope"], "packctl: command \"nope\" is not known\n"),
            (
                ["tenant", "ad"],
                "packctl: command \"tenant ad\" is not known\nhint: Did you mean \"packctl tenant add\"?\n"
            ),
            (["watch", "j", "--after", "x"], "packctl: the value 'x' is invalid for '--after <seq>'\n"),
            (["watch", "j", "--after=-1"], "packctl: --after must not be negative\n"),
            (["download"], "packctl: name either a package or --all with a project\n"),
            (["download", "p", "--all", "q"], "packctl: name either a package or --all with a project\n"),
            (["create", "p", "--platform", "googel"], "packctl: platform \"googel\" is not known\n"),
            (
                ["--address", "nowhere", "health"],
                "packctl: address \"nowhere\" is neither a path nor a host and port\n"
            ),
            (["health", "--token-file", "/nonexistent"], "packctl: could not read the token file \"/nonexistent\"\n"),
        ]
    )
    func usage(_ arguments: [String], _ message: String) async {
        let outcome = await packctl(arguments)
        #expect(outcome.status == .usage)
        #expect(outcome.err.hasPrefix(message), "\(outcome.err)")
        #expect(outcome.out.isEmpty)
    }

    @Test("help and version are printed as results")
    func help() async {
        let version = await packctl("--version")
        #expect(version.status == .done)
        #expect(version.out == "packctl \(Packctl.version)\n")
        let create = await packctl("create", "--help")
        #expect(create.out.contains("--generate-missing"))
        for arguments in [["--help"], ["create", "--help"], ["help", "create"], []] {
            let help = await packctl(arguments)
            #expect(help.status == .done, "\(arguments)")
            #expect(help.out.contains("USAGE: packctl"), "\(arguments)")
            #expect(help.err.isEmpty)
        }
    }

    @Test("a missing daemon exits with 6, and the message names the address")
    func unreachable() async {
        let outcome = await packctl("health", "--address", "/nonexistent/daemon.sock")
        #expect(outcome.status == .unreachable)
        #expect(
            outcome.err == """
                packctl: could not reach the daemon at "unix:/nonexistent/daemon.sock": no such file or directory
                hint: Start the daemon with "packagingd serve", or give the address at which it listens.

                """
        )
        #expect(outcome.out.isEmpty)
    }

    @Test("a missing folder exits with 3 and a faulty book with 1, without a daemon")
    func books() async throws {
        #expect(await packctl("import", "/nonexistent").status == .notFound)
        try await withFolder(["book.yaml": "titel: A\n"]) { folder in
            let outcome = await packctl("import", folder, "--address", "/nonexistent/daemon.sock")
            #expect(outcome.status == .failed)
            #expect(outcome.err.hasPrefix("packctl: \(folder)/book.yaml:1: unknown key \"titel\"\n"))
        }
    }

    @Test(
        "each kind of error has the exit code that scripts rely on",
        arguments: [
            (PackagingError.Code.notFound, Int32(3)), (.permissionDenied, 4), (.unauthenticated, 4),
            (.resourceExhausted, 4), (.failedPrecondition, 5), (.unavailable, 6), (.invalidArgument, 2),
            (.outOfRange, 2), (.internal, 1), (.unimplemented, 1), (.dataLoss, 1), (.unknown, 1),
        ]
    )
    func exitCodes(_ code: PackagingError.Code, _ status: Int32) {
        #expect(Complaint(PackagingError(code, "x")).status.rawValue == status)
    }

    @Test("an error is printed in three lines")
    func complaint() {
        let error = PackagingError(
            .failedPrecondition,
            "could not start packaging project \"dune\": 4 of 12 chapters have no audio",
            detail: "Chapters 3, 7, 8 and 11 lack 70 of 450 segments.",
            hint: "Run again with --generate-missing."
        )
        #expect(
            Complaint(error).lines == [
                "packctl: could not start packaging project \"dune\": 4 of 12 chapters have no audio",
                "detail: Chapters 3, 7, 8 and 11 lack 70 of 450 segments.",
                "hint: Run again with --generate-missing.",
            ]
        )
    }

    @Test(
        "on a terminal an error's lines are broken between words, with two spaces before what follows, and JSON is not"
    )
    func brokenLines() {
        let written = Mutex("")
        let console = Console(
            out: { text in written.withLock { $0 += text } },
            err: { text in written.withLock { $0 += text } },
            terminal: nil,
            layout: Table.Layout(width: 20),
            messageWidth: 20
        )
        console.complain(Complaint(.failed, "the book has no chapter and no cover", hint: "Add one."))
        console.result("  kobo  needs  1 word more")
        console.adapted(json: true, quiet: false).result("{\"a\": \"one two three four\"}")
        #expect(
            written.withLock { $0 } == """
                packctl: the book
                  has no chapter and
                  no cover
                hint: Add one.
                  kobo  needs  1
                    word more
                {"a": "one two three four"}

                """
        )
    }

    @Test(
        "text is broken at spaces, a word that is too wide stays whole, and what fits is as it was",
        arguments: [
            ("one two", 7, ["one two"]), ("one two", 6, ["one", "  two"]), ("  a  b", 6, ["  a  b"]),
            ("an id-that-is-wide x", 8, ["an", "  id-that-is-wide", "  x"]), ("", 3, [""]),
            ("漢字 漢字", 6, ["漢字", "  漢字"]), ("a    b", 4, ["a", "  b"]),
        ]
    )
    func wrapped(text: String, width: Int, lines: [String]) {
        #expect(text.wrapped(to: width) == lines)
    }

    @Test("the default address is the user's own socket, or the machine's if only that one exists")
    func defaultAddress() throws {
        let home = ["HOME": "/home/ada"]
        let state = home.merging(["XDG_STATE_HOME": "/state"]) { $1 }
        let system = "/var/lib/packagingd/packagingd.sock"
        let socket = { (environment: [String: String], user: UInt32, present: Set<String>) in
            PackagingAddress.defaultSocket(environment: environment, userID: user) { present.contains($0) }
        }
        #expect(socket(home, 0, []) == system)
        let own = "/home/ada/.local/state/packagingd/packagingd.sock"
        #expect(socket(home, 1000, []) == own)
        #expect(socket(home, 1000, [own, system]) == own)
        #expect(socket(home, 1000, [system]) == system)
        #expect(socket(state, 1000, [own]) == "/state/packagingd/packagingd.sock")

        let variable = state.merging(["PACKAGING_ADDRESS": "tcp://[::1]:4071"]) { $1 }
        let resolve = { (chosen: String?, environment: [String: String]) in
            try PackagingAddress.resolve(chosen, environment: environment, userID: 1000)
        }
        #expect(try resolve(nil, variable) == .tcp(host: "::1", port: 4071))
        #expect(try resolve("./d.sock", variable) == .unix(path: "./d.sock"))
    }

    @Test(
        "a user who may not connect learns which user may, also if the socket's folder is closed to him",
        .enabled(if: geteuid() == 0, "only root can call as somebody else"),
        arguments: [
            (0o755, "The daemon runs as root, and only root may connect: put \"sudo\" before the command."),
            (0o700, "Only the daemon's own user and root may connect."),
        ]
    )
    func refused(_ permissions: Int, _ hint: String) async throws {
        try await ScriptedDaemon().serve { address in
            let path = String(address.trimmingPrefix("unix:"))
            let change = { (permissions: Int, path: String) in
                try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
            }
            try change(0o600, path)
            try change(permissions, String(path.dropLast("/d.sock".count)))
            let written = try await bash(
                "setpriv --reuid=65534 --regid=65534 --clear-groups \"$1\" health --address \"$2\"; echo \"exit $?\"",
                [PseudoTerminal.built("packctl"), address]
            )
            #expect(
                written == """
                    packctl: could not reach the daemon at "\(address)": permission denied
                    hint: \(hint)
                    exit 6

                    """
            )
        }
    }
}
