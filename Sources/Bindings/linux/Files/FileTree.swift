import Glibc

/// Names in the file system: folders, links, and what lies below them.
package enum FileTree {
    /// Makes a folder that only its owner may use, and the folders above it. A folder that exists at `path`, or a link to
    /// one, stays as it is, and is no error.
    ///
    /// - Throws: ``FileError`` with `ENOTDIR` if `path`, or a part of it, is a file or a link that leads nowhere.
    package static func makeFolder(_ path: String) throws(FileError) {
        do {
            try makeOneFolder(path)
        } catch  where error.errorNumber == ENOENT {
            guard let parent = parent(of: path) else { throw error }
            try makeFolder(parent)
            try makeOneFolder(path)
        }
    }

    /// Makes a folder whose parent exists.
    private static func makeOneFolder(_ path: String) throws(FileError) {
        do {
            try retrying("make folder \"\(path)\"") { unsafe mkdir(path, 0o700) }
        } catch  where error.alreadyExists {
            guard isFolder(path) else { throw FileError(ENOTDIR, error.action) }
        }
    }

    /// The names in a folder, sorted.
    package static func names(in folder: String) throws(FileError) -> [String] {
        guard let handle = unsafe opendir(folder) else { throw FileError(errno, "read folder \"\(folder)\"") }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file. A missing file counts as removed.
    package static func removeFile(_ path: String) throws(FileError) {
        do {
            try retrying("remove \"\(path)\"") { unsafe unlink(path) }
        } catch  where error.isNotFound {
            return
        }
    }

    /// The regular files below a folder that were not written to for `age`, in whole seconds. A missing folder has none.
    package static func files(below folder: String, idleFor age: Duration) throws(FileError) -> [String] {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        var names: [String]
        do {
            names = try Self.names(in: folder)
        } catch  where error.isNotFound {
            return []
        }
        var idle: [String] = []
        for name in names {
            var status = stat()
            let path = folder + "/" + name
            guard unsafe lstat(path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: idle += try files(below: path, idleFor: age)
            case S_IFREG where .seconds(now.tv_sec - status.st_mtim.tv_sec) >= age: idle.append(path)
            default: continue
            }
        }
        return idle
    }

    /// Removes a folder and everything below it, without following links. A missing folder counts as removed.
    package static func removeAll(_ path: String) throws(FileError) {
        var status = stat()
        do {
            try retrying("remove \"\(path)\"") { unsafe lstat(path, &status) }
        } catch  where error.isNotFound {
            return
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try removeFile(path) }
        try empty(path)
        try retrying("remove \"\(path)\"") { unsafe rmdir(path) }
    }

    /// Removes everything in a folder, without following links, and keeps the folder.
    ///
    /// - Parameter kept: A name in the folder that stays.
    package static func empty(_ folder: String, except kept: String? = nil) throws(FileError) {
        for name in try names(in: folder) where name != kept { try removeAll(folder + "/" + name) }
    }

    /// Sets who may do what with a file or folder, as `chmod` does.
    package static func setPermissions(_ path: String, _ mode: UInt32) throws(FileError) {
        try retrying("set the permissions of \"\(path)\"") { unsafe chmod(path, mode) }
    }

    /// The user and the group that a file or folder belongs to; of a link, those of what it leads to.
    package static func owner(of path: String) throws(FileError) -> (user: UInt32, group: UInt32) {
        var status = stat()
        try retrying("look at \"\(path)\"") { unsafe stat(path, &status) }
        return (UInt32(status.st_uid), UInt32(status.st_gid))
    }

    /// Gives the file at `path` a second name, which must be free.
    package static func link(_ path: String, to name: String) throws(FileError) {
        try retrying("link \"\(name)\"") { unsafe Glibc.link(path, name) }
    }

    /// The path with every link in it followed.
    package static func resolved(_ path: String) throws(FileError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw FileError(errno, "find \"\(path)\"") }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Whether `path` is a regular file; a link does not count.
    package static func isFile(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether `path` is a folder, or a link to one.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The nearest existing part of an absolute path: the path itself, or the nearest folder above it.
    package static func nearestExisting(_ path: String) -> String {
        guard unsafe access(path, F_OK) != 0 else { return path }
        return parent(of: path).map(nearestExisting) ?? "/"
    }

    /// The folder a path lies in; nil if that is the root, or if the path has no slash.
    package static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
        return String(path[..<slash])
    }
}
