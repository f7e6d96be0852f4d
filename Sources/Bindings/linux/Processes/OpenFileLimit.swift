import Glibc

/// How many files this process may have open.
package enum OpenFileLimit {
    /// The highest limit that ``raise()`` can set.
    package static func most() throws(ProcessError) -> UInt64 {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw ProcessError("read the limit of open files", errno)
        }
        return UInt64(limit.rlim_max)
    }

    /// Raises the limit to the highest value that the system allows, because a server has many connections and
    /// children.
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
