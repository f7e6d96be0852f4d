import Glibc

/// How many files this process may have open.
package enum OpenFileLimit {
    /// The most to which ``raise()`` can raise the limit.
    package static func most() throws(ProcessError) -> UInt64 {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw ProcessError("read the limit of open files", errno)
        }
        return UInt64(limit.rlim_max)
    }

    /// Raises the limit to the most that the system allows, as a server of many connections and children needs.
    ///
    /// - Throws: ``ProcessError`` if the system refuses.
    package static func raise() throws(ProcessError) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw ProcessError("read the limit of open files", errno)
        }
        limit.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw ProcessError("raise the limit of open files", errno)
        }
    }
}
