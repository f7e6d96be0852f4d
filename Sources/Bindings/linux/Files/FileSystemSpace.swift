import Glibc

/// How much room the file system of a folder has.
package struct FileSystemSpace: Sendable, Hashable {
    /// Identifies the file system.
    package var identifier: UInt64
    /// The number of bytes that we may still write.
    package var freeBytes: Int64
    /// Bytes in all.
    package var totalBytes: Int64
    /// The number of files that may still be made; nil if there is no limit.
    package var freeFiles: Int64?

    /// The room of the file system that `path` is on.
    package init(of path: String) throws(FileError) {
        var status = statvfs()
        try retrying("measure the disk of \"\(path)\"") { unsafe statvfs(path, &status) }
        identifier = UInt64(status.f_fsid)
        freeBytes = Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        totalBytes = Int64(clamping: UInt64(status.f_blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        freeFiles = status.f_files == 0 ? nil : Int64(clamping: status.f_favail)
    }
}
