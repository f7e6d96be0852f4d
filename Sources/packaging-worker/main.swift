// The media child of the daemon: serves one call over the socket that is its standard input, and ends.
//
// There is only one thread and no concurrency, because the confinement forbids starting threads. The daemon reads
// standard error when this process dies; nothing else is written there.

import Descriptors
import Glibc
import Processes
import WorkerLink

let service: MediaService
do {
    // Standard output is redirected, because a library that prints must not write into the stream.
    guard dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { throw ProcessError("redirect the standard output", errno) }
    if let user = try WorkerArguments.user(in: CommandLine.arguments) { try Confinement.become(user) }
    MediaService.prepare()
    service = MediaService(link: WorkerLink(Descriptor(owning: STDIN_FILENO)), layers: Confinement.enter())
} catch {
    complain(error)
    exit(75)  // EX_TEMPFAIL: the system refused something before there was a task, so no file is at fault.
}
do {
    try service.run()
} catch WorkerLinkError.closed {
    exit(0)  // The daemon no longer needs this worker.
} catch {
    complain(error)
    exit(1)
}

func complain(_ error: any Error) {
    let line = "packaging-worker: \(error)\n"
    _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
}
