package import Files
package import Model
import NIOPosix
import Synchronization

/// Keeps blobs in a folder of this machine: `containers/CONTAINER/PATH` below the root.
///
/// A blob is written under a random name in `uploads/`, synchronised to disk, and then linked to its place. The link
/// fails if a file exists there. Only the daemon's user may read the folders and files.
package struct FileBlobStore: BlobStore {
    private let root: String
    private let living = LivingUploads()
    /// Makes the names in a folder durable.
    private let synchronise: SynchroniseFolder

    typealias SynchroniseFolder = @Sendable (_ folder: String) throws(FileError) -> Void

    /// Opens the store in the folder `root`, making it if needed. Several daemons may use one folder, also over a
    /// network file system that supports `link`.
    ///
    /// - Throws: ``BlobError`` with kind `unavailable` if the folder cannot be made or read.
    package init(root: String) throws(BlobError) {
        try self.init(root: root) { folder throws(FileError) in try OpenFile(folder, .folder).synchronise() }
    }

    init(root: String, synchronise: @escaping SynchroniseFolder) throws(BlobError) {
        self.root = root
        self.synchronise = synchronise
        do throws(FileError) {
            for folder in [root + "/containers", root + "/uploads"] { try FileTree.makeFolder(folder) }
        } catch {
            throw BlobError(error.isFull ? .full : .unavailable, error.description)
        }
    }

    /// Begins to write a new blob at `location`.
    package func upload(
        to location: BlobLocation,
        reserving header: Int64
    ) async throws(BlobError) -> any BlobUpload {
        let location = try location.checked()
        let temporary = "\(root)/uploads/\(Identifier<Self>.random())"
        let file = try await onFileThread(location) { () throws(FileError) in
            let file = try OpenFile(temporary, .creating)
            // Some network file systems have no locks. There, the age of the file alone keeps it.
            _ = try? file.tryLock()
            return file
        }
        living.add(file)
        return FileBlobUpload(
            file: file,
            temporary: temporary,
            header: header,
            containers: root + "/containers",
            location: location,
            synchronise: synchronise
        )
    }

    /// Up to `length` bytes of a blob from `offset`.
    package func read(
        _ location: BlobLocation,
        from offset: Int64,
        upTo length: Int
    ) async throws(BlobError) -> [UInt8] {
        let path = try existingPath(of: location)
        return try await onFileThread(location) { () throws(FileError) in
            try OpenFile(path, .reading).read(from: offset, upTo: length)
        }
    }

    /// The size of a blob in bytes.
    package func size(of location: BlobLocation) async throws(BlobError) -> Int64 {
        let path = try existingPath(of: location)
        return try await onFileThread(location) { () throws(FileError) in
            try OpenFile(path, .reading).size
        }
    }

    /// Deletes a blob. One that is not there counts as deleted.
    package func delete(_ location: BlobLocation) async throws(BlobError) {
        let path = path(of: try location.checked())
        try await onFileThread(location) { () throws(FileError) in
            try FileTree.removeFile(path)
        }
    }

    /// Removes uploads that were neither committed nor aborted, because the process that wrote them died.
    package func removeAbandonedUploads() async throws(BlobError) -> Int {
        let (living, folder) = (living, root + "/uploads")
        return try await onFileThread("the uploads") { () throws(FileError) in
            living.touch()
            return try LivingUploads.removeOthers(in: folder)
        }
    }

    /// Removes the blobs in a container that were committed `age` ago or longer.
    package func removeBlobs(in container: String, olderThan age: Duration) async throws(BlobError) -> Int {
        // The rules for containers are checked with any path.
        _ = try BlobLocation(container: container, path: "any").checked()
        let folder = "\(root)/containers/\(container)"
        return try await onFileThread("container \"\(container)\"") { () throws(FileError) in
            let files = try FileTree.files(below: folder, idleFor: age)
            for file in files { try FileTree.removeFile(file) }
            return files.count
        }
    }

    /// The path of the file that holds a blob.
    package func localPath(of location: BlobLocation) async throws(BlobError) -> String? {
        try existingPath(of: location)
    }

    /// The room of the file system that the blobs are on.
    package func space() async throws(BlobError) -> FileSystemSpace? {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try FileSystemSpace(of: root + "/containers") }
        } catch {
            throw BlobError(.unavailable, "\(error)")
        }
    }

    private func path(of location: BlobLocation) -> String {
        "\(root)/containers/\(location.container)/\(location.path)"
    }

    /// The path of a blob. All symbolic links in it are resolved, and it was checked that it stays inside its
    /// container.
    private func existingPath(of location: BlobLocation) throws(BlobError) -> String {
        let path = path(of: try location.checked())
        do throws(FileError) {
            let container = try FileTree.resolved("\(root)/containers/\(location.container)")
            let resolved = try FileTree.resolved(path)
            if resolved.hasPrefix(container + "/"), FileTree.isFile(resolved) { return resolved }
        } catch {
            throw BlobError(error, location)
        }
        throw BlobError(.notFound, "blob \"\(location.path)\" does not exist")
    }
}

/// A file that is being uploaded to a ``FileBlobStore``.
private final class FileBlobUpload: BlobUpload {
    private struct State {
        /// Nil once the upload is over.
        var file: OpenFile?
        /// Where the next bytes of the header go, and where those behind it.
        var headerEnd: Int64 = 0
        var end: Int64
    }

    private let state: Mutex<State>
    private let temporary: String
    private let header: Int64
    private let containers: String
    private let location: BlobLocation
    private let synchronise: FileBlobStore.SynchroniseFolder

    init(
        file: OpenFile,
        temporary: String,
        header: Int64,
        containers: String,
        location: BlobLocation,
        synchronise: @escaping FileBlobStore.SynchroniseFolder
    ) {
        self.state = Mutex(State(file: file, end: header))
        self.temporary = temporary
        self.header = header
        self.containers = containers
        self.location = location
        self.synchronise = synchronise
    }

    deinit {
        finish()
    }

    func append(_ bytes: [UInt8]) async throws(BlobError) {
        try await write(bytes, at: state.withLock { $0.end })
        state.withLock { $0.end += Int64(bytes.count) }
    }

    func appendHeader(_ bytes: [UInt8]) async throws(BlobError) {
        try await write(bytes, at: state.withLock { $0.headerEnd })
        state.withLock { $0.headerEnd += Int64(bytes.count) }
    }

    private func write(_ bytes: [UInt8], at offset: Int64) async throws(BlobError) {
        let file = try openFile()
        try await onFileThread(location) { () throws(FileError) in
            try file.write(bytes, at: offset)
        }
    }

    func commit(_ hashes: BlobHashes) async throws(BlobError) -> Int64 {
        defer { finish() }
        let file = try openFile()
        let (headerEnd, end) = state.withLock { ($0.headerEnd, $0.end) }
        guard headerEnd == header else {
            throw BlobError(
                .unavailable,
                "blob \"\(location.path)\" has \(headerEnd) of the \(header) bytes of its header"
            )
        }
        try await onFileThread(location) { () throws(FileError) in
            try file.synchronise()
            try self.link()
        }
        return end
    }

    func abort() async {
        finish()
    }

    private func openFile() throws(BlobError) -> OpenFile {
        guard let file = state.withLock({ $0.file }) else {
            throw BlobError(.unavailable, "the upload of blob \"\(location.path)\" is over")
        }
        return file
    }

    /// Links the file to its place. A file name is durable when its folder is synchronised, and a new folder is durable
    /// when the folder above it is.
    ///
    /// If that fails after the link, the link is taken back: a caller that was told of a failure tries again, and must not
    /// find that the blob exists.
    private func link() throws(FileError) {
        var folders = [containers, containers + "/" + location.container]
        for part in location.path.split(separator: "/").dropLast() {
            folders.append(folders[folders.count - 1] + "/" + part)
        }
        let place = "\(containers)/\(location.container)/\(location.path)"
        try FileTree.makeFolder(folders[folders.count - 1])
        try FileTree.link(temporary, to: place)
        do {
            for folder in folders.reversed() { try synchronise(folder) }
        } catch {
            try? FileTree.removeFile(place)
            throw error
        }
    }

    private func finish() {
        let file = state.withLock { state in
            defer { state.file = nil }
            return state.file
        }
        guard let file else { return }
        // A name that is left over here is removed by the next sweep after some minutes, which looks at the lock.
        try? FileTree.removeFile(temporary)
        try? file.unlock()
    }
}

extension BlobError {
    fileprivate init(_ error: FileError, _ location: BlobLocation) {
        if error.isNotFound {
            self.init(.notFound, "blob \"\(location.path)\" does not exist")
        } else if error.alreadyExists {
            self.init(.alreadyExists, "blob \"\(location.path)\" exists")
        } else {
            self.init(error.isFull ? .full : .unavailable, "blob \"\(location.path)\": \(error)")
        }
    }
}

/// Runs blocking file work on NIO's thread pool, away from the threads that run tasks.
private func onFileThread<Value: Sendable>(
    _ location: BlobLocation,
    _ body: @escaping @Sendable () throws(FileError) -> Value
) async throws(BlobError) -> Value {
    try await onFileThread(body) { BlobError($0, location) }
}

/// Runs blocking file work that concerns `what` and no single blob.
private func onFileThread<Value: Sendable>(
    _ what: String,
    _ body: @escaping @Sendable () throws(FileError) -> Value
) async throws(BlobError) -> Value {
    try await onFileThread(body) { BlobError(.unavailable, "\(what): \($0)") }
}

private func onFileThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(FileError) -> Value,
    explain: (FileError) -> BlobError
) async throws(BlobError) -> Value {
    do {
        return try await NIOThreadPool.singleton.runIfActive(body)
    } catch let error as FileError {
        throw explain(error)
    } catch {
        throw BlobError(.unavailable, "the file threads have stopped")
    }
}
