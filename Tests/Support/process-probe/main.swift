// What the tests of Processes start where a shell is not enough. The first argument says what to do.

import Glibc
import Processes

switch CommandLine.arguments.dropFirst().first {
case "descriptors":
    // The numbers of all open descriptors, one a line. /proc/self/fd would have one more.
    for number in 0..<CInt(1024) where fcntl(number, F_GETFD) >= 0 { print(number) }
case "launch-and-wait":
    // Starts a child that would outlive the tests, says so, and waits to be killed.
    let launcher = try Launcher()
    let child = try await launcher.launch(
        ChildSpecification(executable: "/bin/sleep", arguments: ["3600"], descriptors: [(child: 1, parent: 1)])
    )
    print(child.pid)
    fflush(nil)
    _ = await child.wait()
case let other:
    print("unknown argument \(other ?? "")")
    exit(2)
}
