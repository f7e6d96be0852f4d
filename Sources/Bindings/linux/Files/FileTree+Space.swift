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

    /// The bytes of the disk that the regular files in a folder have, without those below it. A file that is removed
    /// meanwhile counts or not.
    package static func usedBytes(in folder: String) throws(FileError) -> Int64 {
        var sum: Int64 = 0
        for name in try names(in: folder) {
            var status = stat()
            guard unsafe lstat(folder + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            // st_blocks counts units of 512 bytes on every file system.
            sum += Int64(status.st_blocks) * 512
        }
        return sum
    }
}
