package import Files
package import Model
import NIOPosix

/// Folders for temporary files: fetched segments, encoded chapters, uploads that are being measured.
///
/// Each folder belongs to one tenant and one piece of work, and is removed when that work ends. Files that are found
/// when the space is opened are left over from an earlier run and belong to nobody, because only one daemon uses a
/// state folder.
package struct ScratchSpace: Sendable {
    private let root: String

    /// Opens the space at `root`, an absolute path, and removes everything in it. The folder itself stays, because it may
    /// be a disk of its own, and so does the folder `lost+found` that such a disk has.
    ///
    /// - Throws: ``PackagingError`` with code `unavailable` if the folder cannot be emptied or made.
    package init(root: String) throws(PackagingError) {
        self.root = root
        do throws(FileError) {
            try FileTree.makeFolder(root)
            try FileTree.empty(root, except: "lost+found")
        } catch {
            throw PackagingError(error)
        }
    }

    /// The room on the disk of `path`, a folder of the daemon's.
    ///
    /// - Throws: ``PackagingError`` if it cannot be found out.
    package func space(of path: String) async throws(PackagingError) -> FileSystemSpace {
        try await ScratchFolder(path: path).space()
    }

    /// Gives `body` a new folder, and removes the folder with its files when `body` returns or throws.
    ///
    /// - Parameters:
    ///   - tenant: The tenant whose bytes the folder holds. No folder holds bytes of two tenants.
    ///   - purpose: A word for the folder's name, such as `batch`.
    package func withFolder<Value: Sendable>(
        of tenant: TenantID,
        for purpose: String,
        _ body: (ScratchFolder) async throws -> Value
    ) async throws -> Value {
        let folder = ScratchFolder(path: "\(root)/\(tenant)/\(purpose)-\(Identifier<ScratchSpace>.random())")
        try await folder.perform { () throws(FileError) in try FileTree.makeFolder(folder.path) }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(folder))
        } catch {
            result = .failure(error)
        }
        // The removal runs in a task of its own: the file threads accept no work from a cancelled task, and the folder
        // of a cancelled task must be removed, too. A folder that cannot be removed now is removed when the space is
        // next opened.
        await Task {
            try? await folder.perform { () throws(FileError) in try FileTree.removeAll(folder.path) }
        }.value
        return try result.get()
    }
}

/// One folder of a ``ScratchSpace``.
package struct ScratchFolder: Sendable, Hashable {
    /// A folder that does not exist, for work that fails before it writes anything.
    package static let missing = ScratchFolder(path: "/nonexistent")

    /// The absolute path.
    package let path: String

    /// The path of a file in this folder.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The number of free bytes on the disk of this folder.
    ///
    /// - Throws: ``PackagingError`` if the free space cannot be found out.
    package func freeBytes() async throws(PackagingError) -> Int64 {
        try await perform { () throws(FileError) in try FileTree.freeBytes(at: path) }
    }

    /// The room on the disk of this folder.
    ///
    /// - Throws: ``PackagingError`` if it cannot be found out.
    package func space() async throws(PackagingError) -> FileSystemSpace {
        try await perform { () throws(FileError) in try FileSystemSpace(of: path) }
    }

    /// Runs blocking file work on a thread of NIO's pool, away from the threads that run tasks.
    ///
    /// - Throws: ``PackagingError`` with code `resourceExhausted` when the disk is full, else `unavailable`.
    package func perform<Value: Sendable>(
        _ body: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(PackagingError) -> Value {
        do {
            return try await NIOThreadPool.singleton.runIfActive(body)
        } catch let error as FileError {
            throw PackagingError(error)
        } catch {
            throw PackagingError(.unavailable, "the file threads have stopped")
        }
    }
}

extension PackagingError {
    /// The error for a file of the daemon's own that could not be read or written.
    package init(_ error: FileError) {
        if error.isFull {
            self.init(
                .resourceExhausted,
                "the disk for scratch files is full",
                reason: "SCRATCH_FULL",
                hint: "Make room on the disk of the folder \"scratch\" in the state folder.",
                retryAfter: .seconds(30),
                cause: error
            )
        } else {
            self.init(.unavailable, "could not use the state folder", cause: error)
        }
    }
}
