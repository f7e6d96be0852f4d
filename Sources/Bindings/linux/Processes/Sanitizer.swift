internal import CLinux

/// Whether this build looks for faults while it runs, as `make sanitize` has it.
public enum Sanitizer {
    /// Whether the address or thread sanitizer is built in. It reserves terabytes of address space, so that a process of
    /// such a build cannot run under a limit of it.
    public static var isBuiltIn: Bool { clinux_is_sanitized() }
}
