// The program that tests of Processes start if a shell is not enough. The first argument names the task.

import CConfinementProbe
import Descriptors
import Glibc
import Processes

func report(_ kind: String, _ attempt: (CInt, UnsafeMutablePointer<CInt>?) -> UnsafePointer<CChar>?) {
    var number: CInt = 0
    var error: CInt = 0
    while let name = unsafe attempt(number, &error) {
        unsafe print(kind, error, String(cString: name))
        number += 1
    }
}

switch CommandLine.arguments.dropFirst().first {
case "descriptors":
    // Prints the numbers of all open descriptors, one a line. /proc/self/fd would show one more.
    for number in 0..<CInt(1024) where fcntl(number, F_GETFD) >= 0 { print(number) }
case "launch-and-wait":
    // Starts a child that would outlive the tests, reports it, and waits to be killed.
    let launcher = try Launcher()
    let child = try await launcher.launch(
        ChildSpecification(
            executable: "/bin/sleep",
            arguments: ["3600"],
            descriptors: [(child: 1, parent: Descriptor(owning: dup(STDOUT_FILENO)))]
        )
    )
    print(child.pid)
    fflush(nil)
    _ = await child.wait()
case "confined":
    // Prints the attempted calls after entering every layer, with the error number of each, one a line.
    for layer in Confinement.enter() { print("layer \(layer.rawValue)") }
    unsafe report("try", cconfinementprobe_attempt)
    unsafe report("need", cconfinementprobe_need)
case "memory":
    // Asks for far more memory than the test's limit. It asks the kernel, because the optimiser knows malloc and
    // removes a block that is not used.
    let memory = unsafe mmap(nil, 2 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if unsafe memory == MAP_FAILED { exit(3) }
case let other:
    print("unknown argument \(other ?? "")")
    exit(2)
}
