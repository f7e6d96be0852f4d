import Testing

@testable import Processes

@Suite("How much memory is left")
struct SystemMemoryTests {
    private static let meminfo = "MemTotal:  8000000 kB\nMemFree:  1000 kB\nMemAvailable:  2000 kB\nBuffers: 5 kB\n"

    /// The files of a machine, and the bytes that it has left.
    struct Machine: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [String: String]
        var available: UInt64?
    }

    private static let group = "/sys/fs/cgroup/system.slice/packagingd.service"

    static let machines = [
        Machine(testDescription: "nothing is known", files: [:], available: nil),
        Machine(testDescription: "an old kernel", files: ["/proc/meminfo": "MemFree: 1000 kB\n"], available: nil),
        Machine(testDescription: "no control group", files: ["/proc/meminfo": meminfo], available: 2_048_000),
        Machine(
            testDescription: "groups of version 1",
            files: ["/proc/meminfo": meminfo, "/proc/self/cgroup": "4:memory:/a\n1:cpu:/a\n"],
            available: 2_048_000
        ),
        Machine(
            testDescription: "a group without a limit",
            files: [
                "/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/system.slice/packagingd.service\n",
                group + "/memory.max": "max\n", group + "/memory.current": "5000000\n",
            ],
            available: 2_048_000
        ),
        Machine(
            testDescription: "a group with a limit, whose cache can be given up",
            files: [
                "/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/system.slice/packagingd.service\n",
                group + "/memory.max": "1000000\n", group + "/memory.current": "900000\n",
                group + "/memory.stat": "anon 100\nfile 500000\ninactive_file 100000\nactive_file 20000\n",
            ],
            available: 220_000
        ),
        Machine(
            testDescription: "a limit of the group above",
            files: [
                "/proc/meminfo": meminfo,
                "/proc/self/cgroup": "1:name=systemd:/x\n0::/system.slice/packagingd.service\n",
                "/sys/fs/cgroup/system.slice/memory.max": "700\n",
                "/sys/fs/cgroup/system.slice/memory.current": "600\n",
            ],
            available: 100
        ),
        Machine(
            testDescription: "the root of a container, beyond its lower limit",
            files: [
                "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "900\n",
                "/sys/fs/cgroup/memory.high": "500\n", "/sys/fs/cgroup/memory.current": "600\n",
            ],
            available: 0
        ),
        Machine(
            testDescription: "files that hold no numbers",
            files: [
                "/proc/meminfo": "MemAvailable: many kB", "/proc/self/cgroup": "0::/\n",
                "/sys/fs/cgroup/memory.max": "", "/sys/fs/cgroup/memory.current": "-1",
            ],
            available: nil
        ),
    ]

    @Test(
        "is the least of what the machine and its control groups have, and unknown if nothing tells",
        arguments: machines
    )
    func available(machine: Machine) {
        #expect(SystemMemory.available { machine.files[$0] } == machine.available)
    }

    @Test("is known on this machine")
    func here() {
        #expect((SystemMemory.available() ?? 0) > 1 << 20)
    }
}
