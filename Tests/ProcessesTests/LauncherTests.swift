import Descriptors
import Glibc
import Processes
import Synchronization
import Testing

@Suite("Starting children", .timeLimit(.minutes(10)))
struct LauncherTests {
    private let launcher: Launcher

    init() throws {
        launcher = try Launcher()
    }

    @Test("a child's exit status arrives unchanged", arguments: [0, 1, 77, 255] as [CInt])
    func exitStatus(code: CInt) async throws {
        let child = try await launcher.launch(
            ChildSpecification(executable: "/bin/sh", arguments: ["-c", "exit \(code)"])
        )
        #expect(await child.wait() == .exited(code))
        #expect(child.exitStatus == .exited(code))
    }

    @Test("a child that was killed by a signal is distinguished from one that exited")
    func signalled() async throws {
        let (status, _) = try await launcher.runShell("kill -SEGV $$") { $0.limits[.core] = 0 }
        #expect(status == .signalled(SIGSEGV))
        #expect(status.description == "was killed by signal 11 (Segmentation fault)")
    }

    @Test("a child that runs is not ending and uses memory; one that has ended is, and uses none")
    func facts() async throws {
        let child = try await launcher.launch(ChildSpecification(executable: "/bin/sleep", arguments: ["3600"]))
        #expect(!child.isExiting)
        #expect(child.residentBytes > 0)
        child.signal(SIGKILL)
        _ = await child.wait()
        #expect(child.isExiting)
        #expect(child.residentBytes == 0)
    }

    @Test("every task that waits for a child learns how it ended")
    func manyWaiters() async throws {
        let child = try await launcher.launch(ChildSpecification(executable: "/bin/sleep", arguments: ["3600"]))
        async let first = child.wait()
        async let second = child.wait()
        child.signal(SIGTERM)
        let statuses = await [first, second, child.wait()]
        #expect(statuses == Array(repeating: .signalled(SIGTERM), count: 3))
    }

    @Test("a program that does not exist is an error with the reason, and no child")
    func missingProgram() async {
        let error = await #expect(throws: ProcessError.self) {
            try await launcher.launch(ChildSpecification(executable: "/nowhere/program"))
        }
        #expect(error?.number == ENOENT)
        #expect(error?.isOfProgram == true)
        #expect(error?.description == "could not execute \"/nowhere/program\": No such file or directory")
    }

    @Test("a folder that cannot be entered is distinguished from a program that cannot be executed")
    func missingFolder() async {
        let error = await #expect(throws: ProcessError.self) {
            try await launcher.launch(
                ChildSpecification(executable: "/bin/true", workingDirectory: "/nowhere")
            )
        }
        #expect(error?.description == "could not start \"/bin/true\" in \"/nowhere\": No such file or directory")
    }

    @Test("a child has only the environment that it was given")
    func environment() async throws {
        let (_, output) = try await launcher.run(
            ChildSpecification(executable: "/usr/bin/env", environment: ["A": "1", "B": "two words"])
        )
        #expect(output == "A=1\nB=two words\n")
    }

    @Test("a child has only the descriptors that it was given")
    func descriptors() async throws {
        // Open without the close-on-exec mark, as a careless library would leave it.
        let leaked = Descriptor(owning: unsafe open("/dev/null", O_RDONLY))
        let extra = try Descriptor.open("/dev/null", O_RDONLY)
        let (_, output) = try await launcher.run(
            ChildSpecification(
                executable: testProgram("process-probe"),
                arguments: ["descriptors"],
                descriptors: [(child: 9, parent: extra), (child: 5, parent: leaked)]
            )
        )
        #expect(output == "0\n1\n2\n5\n9\n")
    }

    @Test("descriptors that exchange their numbers arrive where they were sent")
    func swappedDescriptors() async throws {
        let (first, second) = (try Descriptor.pipe(), try Descriptor.pipe())
        let numbers = [first.write, second.write].withNumbers { $0 }
        let (low, high) = (numbers[0], numbers[1])
        let child = try await launcher.launch(
            ChildSpecification(
                executable: "/bin/sh",
                arguments: ["-c", "printf low >/dev/fd/\(low); printf high >/dev/fd/\(high)"],
                descriptors: [(child: low, parent: second.write), (child: high, parent: first.write)]
            )
        )
        #expect(await child.wait() == .exited(0))
        #expect(first.read.readSome() == "high")
        #expect(second.read.readSome() == "low")
    }

    @Test("a descriptor that only the specification holds is open in the child", arguments: 1...20)
    func loneDescriptor(run: Int) async throws {
        let path = "/tmp/khipu-lone-\(getpid())-\(run)"
        defer { _ = unsafe unlink(path) }
        func specification() throws -> ChildSpecification {
            ChildSpecification(
                executable: "/bin/sh",
                arguments: ["-c", "echo it is open"],
                descriptors: [(child: 1, parent: try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL))]
            )
        }
        let child = try await launcher.launch(specification())
        #expect(await child.wait() == .exited(0))
        #expect(try Descriptor.open(path, O_RDONLY).readSome() == "it is open\n")
    }

    @Test("limits apply in the child")
    func limits() async throws {
        let (_, output) = try await launcher.runShell("ulimit -n; ulimit -v; ulimit -c; ulimit -f; ulimit -t") {
            $0.limits = [.openFiles: 64, .addressSpace: 1 << 30, .core: 0, .fileSize: 512 * 10, .cpuSeconds: 7]
        }
        #expect(output == "64\n1048576\n0\n10\n7\n")
    }

    @Test("a child that has used up its CPU time is distinguished from one that was killed")
    func cpuTime() async throws {
        let (status, _) = try await launcher.runShell("while :; do :; done") { $0.limits = [.cpuSeconds: 1] }
        #expect(status == .signalled(SIGXCPU))
    }

    @Test("a signal that this process ignores or blocks still ends a child")
    func inheritedSignals() async throws {
        // The signal stays ignored: NIO ignores it as well, once for the whole process, and relies on that.
        signal(SIGPIPE, SIG_IGN)
        let (status, _) = try await launcher.runShell("kill -PIPE $$; exit 3")
        #expect(status == .signalled(SIGPIPE))
    }

    @Test("processes that are left in a child's group end with the child")
    func groupEndsWithLeader() async throws {
        // The grandchild holds the pipe open, so reading to the end returns only once the grandchild has ended.
        let (status, output) = try await launcher.runShell("sleep 3600 & echo started")
        #expect(status == .exited(0))
        #expect(output == "started\n")
    }

    @Test("a signal to the group reaches the children's children")
    func groupSignal() async throws {
        let pipe = try Descriptor.pipe()
        let child = try await launcher.launch(
            ChildSpecification(
                executable: "/bin/sh",
                arguments: ["-c", "trap '' TERM; (trap - TERM; echo; exec sleep 3600) & wait $!; exit 0"],
                descriptors: [(child: 1, parent: pipe.write)]
            )
        )
        #expect(pipe.read.readSome() == "\n")
        child.signalGroup(SIGTERM)
        #expect(await child.wait() == .exited(0))
    }

    @Test("a child outlives the task that started it, and the launcher")
    func outlivesLauncher() async throws {
        let input = Mutex<Descriptor?>(nil)
        let child = try await Task {
            let pipe = try Descriptor.pipe()
            input.withLock { $0 = pipe.write }
            return try await Launcher().launch(
                ChildSpecification(executable: "/bin/cat", descriptors: [(child: 0, parent: pipe.read)])
            )
        }.value
        input.withLock { $0 = nil }  // The end of the input that the child reads.
        #expect(await child.wait() == .exited(0))
    }

    @Test("children die with the process that started them")
    func deathSignal() async throws {
        let (output, parent) = try await startProbeWithChild()
        #expect(output.readSome() != "", "the grandchild runs")
        parent.signal(SIGKILL)
        #expect(await parent.wait() == .signalled(SIGKILL))
        #expect(try await output.text() == "", "the grandchild's end of the pipe is closed")
    }

    /// A child with a child of its own that leads another group, and the pipe that both keep open.
    private func startProbeWithChild() async throws -> (output: Descriptor, child: ChildProcess) {
        let pipe = try Descriptor.pipe()
        let child = try await launcher.launch(
            ChildSpecification(
                executable: testProgram("process-probe"),
                arguments: ["launch-and-wait"],
                descriptors: [(child: 1, parent: pipe.write)]
            )
        )
        return (pipe.read, child)
    }

    @Test("a child of root can be another user, without root's groups", .enabled(if: getuid() == 0))
    func otherUser() async throws {
        let (_, output) = try await launcher.runShell("id -u; id -g; id -G; grep NoNewPrivs /proc/self/status") {
            $0.user = ChildSpecification.User(uid: 65_534, gid: 65_534)
        }
        #expect(output == "65534\n65534\n65534\nNoNewPrivs:\t1\n")
    }

    @Test("a user that this process may not become is an error", .enabled(if: getuid() != 0))
    func forbiddenUser() async {
        let error = await #expect(throws: ProcessError.self) {
            try await launcher.launch(
                ChildSpecification(executable: "/bin/true", user: ChildSpecification.User(uid: 1, gid: 1))
            )
        }
        #expect(error?.number == EPERM)
    }

    @Test("a hundred children at once all end and leave no zombie")
    func noZombies() async throws {
        try await withThrowingTaskGroup(of: ChildProcess.self) { group in
            for _ in 0..<100 {
                group.addTask { try await launcher.launch(ChildSpecification(executable: "/bin/true")) }
            }
            for try await child in group {
                #expect(await child.wait() == .exited(0))
                var left = unsafe siginfo_t()
                let result = unsafe waitid(P_PID, id_t(child.pid), &left, WEXITED | WNOHANG | WNOWAIT)
                #expect(result == -1, "nothing is left of the child")
            }
        }
    }
}
