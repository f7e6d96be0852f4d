internal import Glibc
package import Processes

/// The location of the worker program.
package enum WorkerProgram {
    /// The name of its file.
    static let name = "packaging-worker"

    /// The worker that belongs to the program that is running.
    ///
    /// - Throws: ``ProcessError`` if there is none, or the system does not report which program is running.
    package static func ofThisProcess() throws(ProcessError) -> String {
        guard let program = unsafe realpath("/proc/self/exe", nil) else {
            throw ProcessError("find the program that is running", errno)
        }
        defer { unsafe free(program) }
        return try path(for: unsafe String(cString: program))
    }

    /// The first of ``candidates(for:)`` that can be executed.
    static func path(for program: String) throws(ProcessError) -> String {
        let candidates = candidates(for: program)
        guard let path = candidates.first(where: { unsafe access($0, X_OK) == 0 }) else {
            let places = candidates.map { "\"\($0)\"" }.joined(separator: " or ")
            throw ProcessError("find the worker as \(places)", ENOENT)
        }
        return path
    }

    /// The possible paths of the worker of `program`, which is an absolute path without links. It is beside the
    /// program, as in a build folder, or in the folder for internal programs, where the installation puts it.
    static func candidates(for program: String) -> [String] {
        let folder = program.split(separator: "/").map(String.init).dropLast()
        return [folder, folder.dropLast() + ["libexec", "packagingd"]].map { place in
            "/" + (place + [name]).joined(separator: "/")
        }
    }
}
