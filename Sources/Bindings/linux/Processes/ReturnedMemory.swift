internal import CLinux
internal import Glibc

/// How this process gives memory back to the system.
package enum ReturnedMemory {
    /// Lets large blocks be given back as soon as they are freed. A flood of long requests would otherwise leave its
    /// memory with the process for ever.
    package static func enable() throws(ProcessError) {
        guard clinux_return_large_blocks() == 0 else {
            throw ProcessError("set the threshold of the allocator", EINVAL)
        }
    }
}
