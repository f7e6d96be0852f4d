import Files
import Synchronization

/// The files that this process uploads at this moment to a ``FileBlobStore``, and the removal of all others.
///
/// Two signs keep an upload of a living process: the lock that it holds on its file, which the kernel takes away with
/// the process, and the time of the last write, for file systems whose locks other machines do not see. An upload may
/// wait for a long time without a write, so its process also touches the file.
final class LivingUploads: Sendable {
    /// An upload that nobody holds is removed when it was not touched for this long. Uploads are touched several times as
    /// often. It is also the time that a new file needs at most from its creation to its lock.
    static let patience = Duration.seconds(600)

    private struct Upload: Sendable {
        weak var file: OpenFile?
    }

    private let uploads = Mutex<[Upload]>([])

    /// Keeps `file` until it is released.
    func add(_ file: OpenFile) {
        uploads.withLock { uploads in
            uploads.removeAll { $0.file == nil }
            uploads.append(Upload(file: file))
        }
    }

    /// Shows other processes that these uploads are alive.
    func touch() {
        let files = uploads.withLock { uploads in
            uploads.removeAll { $0.file == nil }
            return uploads.compactMap(\.file)
        }
        // A file that cannot be touched has its lock.
        for file in files { try? file.touch() }
    }

    /// Removes the uploads in `folder` that show no sign of life.
    ///
    /// - Returns: How many were removed.
    static func removeOthers(in folder: String) throws(FileError) -> Int {
        var count = 0
        for path in try FileTree.files(below: folder, idleFor: patience) {
            do throws(FileError) {
                let file = try OpenFile(path, .existingLock)
                guard try !isHeld(file) else { continue }
                try FileTree.removeFile(path)
                count += 1
            } catch  where error.isNotFound {
                // Another process was faster.
                continue
            }
        }
        return count
    }

    /// Whether another process holds the lock of `file`. Where there are no locks, the age has to do.
    private static func isHeld(_ file: OpenFile) throws(FileError) -> Bool {
        do throws(FileError) {
            return try !file.tryLock()
        } catch  where error.hasNoLocks {
            return false
        }
    }
}
