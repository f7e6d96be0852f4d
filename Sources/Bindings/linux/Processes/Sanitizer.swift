internal import CLinux
internal import Glibc

/// Whether this build looks for faults while it runs, as `make sanitize` has it.
public enum Sanitizer {
    /// Whether the address or thread sanitizer is built in. It reserves terabytes of address space, so that a process of
    /// such a build cannot run under a limit of it.
    public static var isBuiltIn: Bool { clinux_is_sanitized() }

    /// The variables by which this process was told how to look, for a child of the same build that inherits nothing; empty
    /// in every other build.
    public static var environment: [String: String] {
        guard isBuiltIn else { return [:] }
        let options = ["ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap { (name: String) in
            unsafe getenv(name).map { value in (name, unsafe String(cString: value)) }
        }
        return Dictionary(uniqueKeysWithValues: options)
    }
}
