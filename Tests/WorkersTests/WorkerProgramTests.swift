import Foundation
import Processes
import Testing

@testable import Workers

@Suite("The worker program")
struct WorkerProgramTests {
    @Test("it is searched beside the daemon and where an installation puts it, with any prefix")
    func places() {
        #expect(
            WorkerProgram.candidates(for: "/usr/local/bin/packagingd") == [
                "/usr/local/bin/packaging-worker", "/usr/local/libexec/packagingd/packaging-worker",
            ]
        )
        #expect(
            WorkerProgram.candidates(for: "/packagingd") == [
                "/packaging-worker", "/libexec/packagingd/packaging-worker",
            ]
        )
    }

    @Test("the installed worker is found, and a worker beside the daemon comes first")
    func installed() throws {
        try withTree { root in
            let daemon = root + "/bin/packagingd"
            try makeProgram(root + "/libexec/packagingd/packaging-worker")
            #expect(try WorkerProgram.path(for: daemon) == root + "/libexec/packagingd/packaging-worker")
            try makeProgram(root + "/bin/packaging-worker")
            #expect(try WorkerProgram.path(for: daemon) == root + "/bin/packaging-worker")
        }
    }

    @Test("if there is no worker that can be run, the error names both places")
    func missing() throws {
        try withTree { root in
            try makeProgram(root + "/bin/packaging-worker", permissions: 0o644)
            let error = #expect(throws: ProcessError.self) {
                try WorkerProgram.path(for: root + "/bin/packagingd")
            }
            #expect(
                error?.description == """
                    could not find the worker as "\(root)/bin/packaging-worker" or \
                    "\(root)/libexec/packagingd/packaging-worker": No such file or directory
                    """
            )
        }
    }

    private func withTree(_ body: (String) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "worker-program-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        try body(root)
    }

    private func makeProgram(_ path: String, permissions: Int = 0o755) throws {
        let file = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
    }
}
