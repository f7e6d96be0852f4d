internal import Glibc
package import Processes

/// Where the worker program is.
package enum WorkerProgram {
    /// Its file's name.
    static let name = "packaging-worker"

    /// The worker that belongs to the program that is running.
    ///
    /// - Throws: ``ProcessError`` if there is none, or the system does not say which program is running.
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

    /// Where the worker of `program`, an absolute path without links, may be: beside it, as in a build folder, or in the
    /// folder of programs that nobody types, where installing puts it.
    static func candidates(for program: String) -> [String] {
        let folder = program.split(separator: "/").map(String.init).dropLast()
        return [folder, folder.dropLast() + ["libexec", "packagingd"]].map { place in
            "/" + (place + [name]).joined(separator: "/")
        }
    }
}
