import Glibc

/// How much room the file system of a folder has.
public struct FileSystemSpace: Sendable, Hashable {
    /// Tells file systems apart.
    public var identifier: UInt64
    /// Bytes that we may still write.
    public var freeBytes: Int64
    /// Bytes in all.
    public var totalBytes: Int64
    /// Files that may still be made; nil where there is no bound.
    public var freeFiles: Int64?

    /// The room of the file system that `path` is on.
    public init(of path: String) throws(FileError) {
        var status = statvfs()
        try retrying("measure the disk of \"\(path)\"") { unsafe statvfs(path, &status) }
        identifier = UInt64(status.f_fsid)
        freeBytes = Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        totalBytes = Int64(clamping: UInt64(status.f_blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        freeFiles = status.f_files == 0 ? nil : Int64(clamping: status.f_favail)
    }
}
