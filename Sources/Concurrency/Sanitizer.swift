internal import CSanitizer
internal import Glibc

/// Tells whether this build has a sanitizer that looks for faults while it runs, as the builds of `make sanitize` have.
package enum Sanitizer {
    /// Whether the address or thread sanitizer is built in. A sanitizer reserves terabytes of address space, so a
    /// process of such a build cannot run with a limit on its address space.
    package static var isBuiltIn: Bool { csanitizer_is_built_in() }

    /// The environment variables that configure the sanitizer of this process, for a child process of the same build
    /// that inherits no environment. Empty in every other build.
    package static var environment: [String: String] {
        guard isBuiltIn else { return [:] }
        let options = ["ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap { (name: String) in
            unsafe getenv(name).map { value in (name, unsafe String(cString: value)) }
        }
        // The thread sanitizer starts by writing a file of half a MiB into this folder, if the folder exists. That
        // would end a child process that has a limit on the size of its files.
        return Dictionary(uniqueKeysWithValues: options + [("TMPDIR", "/nowhere")])
    }
}
