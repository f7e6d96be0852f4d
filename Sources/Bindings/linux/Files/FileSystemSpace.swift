import Glibc

/// How much room the file system of a folder has.
package struct FileSystemSpace: Sendable, Hashable {
    /// Identifies the file system.
    package var identifier: UInt64
    /// The number of bytes that we may still write.
    package var freeBytes: Int64
    /// Bytes in all.
    package var totalBytes: Int64
    /// The bytes that would be free on the empty disk: without those that it keeps for the superuser.
    package var usableBytes: Int64
    /// The number of files that may still be made; nil if there is no limit.
    package var freeFiles: Int64?

    /// A file system with this much room.
    package init(
        identifier: UInt64,
        freeBytes: Int64,
        totalBytes: Int64,
        usableBytes: Int64,
        freeFiles: Int64? = nil
    ) {
        self.identifier = identifier
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
        self.usableBytes = usableBytes
        self.freeFiles = freeFiles
    }

    /// The room of the file system that `path` is on.
    package init(of path: String) throws(FileError) {
        var status = statvfs()
        try retrying("measure the disk of \"\(path)\"") { unsafe statvfs(path, &status) }
        identifier = UInt64(status.f_fsid)
        freeBytes = Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        totalBytes = Int64(clamping: UInt64(status.f_blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        let kept = Int64(clamping: status.f_bfree) - Int64(clamping: status.f_bavail)
        usableBytes = max(freeBytes, totalBytes - kept * Int64(clamping: status.f_frsize))
        freeFiles = status.f_files == 0 ? nil : Int64(clamping: status.f_favail)
    }
}

extension FileSystemSpace {
    /// The bytes that have to stay free: 1/32 of the disk, and no more than 128 MiB. Below that the daemon begins no
    /// work, because the database on the same disk needs room for its log, which grows in pieces of 16 MiB, and because
    /// files that callers send come without being asked for.
    package var floorBytes: Int64 { min(128 << 20, usableBytes / 32) }

    /// The free bytes above the floor; negative below it.
    package var roomBytes: Int64 { freeBytes - floorBytes }

    /// The most bytes above the floor that the disk can ever have.
    package var greatestRoomBytes: Int64 { usableBytes - floorBytes }
}
