import Glibc

extension FileTree {
    /// The bytes that are free, for programs without privileges, on the disk that holds `path`.
    package static func freeBytes(at path: String) throws(FileError) -> Int64 {
        var facts = statvfs()
        try retrying("look for free space at \"\(path)\"") { unsafe statvfs(path, &facts) }
        return Int64(
            clamping: UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(facts.f_frsize)).partialValue
        )
    }
}
