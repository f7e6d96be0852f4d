import Glibc
import Synchronization

/// A new, empty folder under `/tmp`. It is removed with its content by ``remove()`` or when its last owner is gone.
package final class TemporaryFolder: Sendable {
    /// Its absolute path.
    package let path: String

    /// Makes a folder that other users can pass through but cannot list.
    ///
    /// - Parameter label: Part of the folder's name, so that a folder left behind shows which test made it.
    package init(_ label: String = "test") {
        var template = Array("/tmp/packaging-\(label)-XXXXXX".utf8CString)
        guard let path = unsafe mkdtemp(&template).map({ unsafe String(cString: $0) }) else {
            fatalError("could not create a folder in /tmp: error \(errno)")
        }
        self.path = path
        unsafe chmod(path, 0o711)
    }

    deinit { remove() }

    /// The path of a file in it.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Removes the folder now. Removing it again does nothing.
    package func remove() { Self.remove(path) }

    private static func remove(_ path: String) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        if let directory = unsafe opendir(path) {
            var names: [String] = []
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
                names.append(String(decoding: name, as: UTF8.self))
            }
            unsafe closedir(directory)
            for name in names where name != "." && name != ".." { remove(path + "/" + name) }
        }
        unsafe rmdir(path)
    }
}

/// Calls `body` with a new folder that is removed afterwards.
package func withTemporaryFolder<Result>(
    _ label: String = "test",
    _ body: (TemporaryFolder) async throws -> Result
) async rethrows -> Result {
    let folder = TemporaryFolder(label)
    defer { folder.remove() }
    return try await body(folder)
}
