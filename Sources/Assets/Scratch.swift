public import Files
public import Model
import NIOPosix

/// Folders for bytes on their way: fetched segments, encoded chapters, uploads that are being measured.
///
/// Each folder belongs to one tenant and one piece of work, and goes when that work ends. What is there when the space is
/// opened belongs to nobody, for only one daemon uses a state folder.
public struct ScratchSpace: Sendable {
    private let root: String

    /// Opens the space at `root`, an absolute path, and removes all that is there.
    ///
    /// - Throws: ``PackagingError`` with code `unavailable` if the folder cannot be emptied or made.
    public init(root: String) throws(PackagingError) {
        self.root = root
        do throws(FileError) {
            try FileTree.removeAll(root)
            try FileTree.makeFolder(root)
        } catch {
            throw PackagingError(error)
        }
    }

    /// Gives `body` a new folder, and removes it with all it holds when `body` ends, whichever way.
    ///
    /// - Parameters:
    ///   - tenant: Whose bytes they are. No folder holds those of two.
    ///   - purpose: A word for the folder's name, such as `batch`.
    public func withFolder<Value: Sendable>(
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
        // In a task of its own, for the threads take nothing from one that was cancelled, and most folders are left in a
        // hurry. What cannot be removed now is removed when the space is opened next.
        await Task {
            try? await folder.perform { () throws(FileError) in try FileTree.removeAll(folder.path) }
        }.value
        return try result.get()
    }
}

/// One folder of a ``ScratchSpace``.
public struct ScratchFolder: Sendable, Hashable {
    /// The absolute path.
    public let path: String

    /// The path of a file in this folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Bytes that are free on the disk of this folder.
    ///
    /// - Throws: ``PackagingError`` if the disk cannot be asked.
    public func freeBytes() async throws(PackagingError) -> Int64 {
        try await perform { () throws(FileError) in try FileTree.freeBytes(at: path) }
    }

    /// Runs blocking file work on a thread made for it.
    ///
    /// - Throws: ``PackagingError`` with code `resourceExhausted` when the disk is full, else `unavailable`.
    public func perform<Value: Sendable>(
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
    /// A file of ours could not be read or written.
    public init(_ error: FileError) {
        if error.isFull {
            self.init(
                .resourceExhausted,
                "the disk for scratch files is full",
                reason: "SCRATCH_FULL",
                hint: "Make room in the state folder.",
                cause: error
            )
        } else {
            self.init(.unavailable, "could not use the state folder", cause: error)
        }
    }
}
