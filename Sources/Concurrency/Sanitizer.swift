internal import CSanitizer
internal import Glibc

/// Whether this build looks for faults while it runs, as `make sanitize` has it.
public enum Sanitizer {
    /// Whether the address or thread sanitizer is built in. It reserves terabytes of address space, so that a process of
    /// such a build cannot run under a limit of it.
    public static var isBuiltIn: Bool { csanitizer_is_built_in() }

    /// The variables by which this process was told how to look, for a child of the same build that inherits nothing; empty
    /// in every other build.
    public static var environment: [String: String] {
        guard isBuiltIn else { return [:] }
        let options = ["ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap { (name: String) in
            unsafe getenv(name).map { value in (name, unsafe String(cString: value)) }
        }
        // The thread sanitizer begins by writing a file of half a MiB into this folder, if there is one: it would end a child
        // whose files have a limit.
        return Dictionary(uniqueKeysWithValues: options + [("TMPDIR", "/nowhere")])
    }
}
