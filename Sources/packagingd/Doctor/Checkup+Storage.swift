import Blobs
import Files
import Glibc
import HTTP
import Model
import Services

// Checks the state folder, the disks, and the blob store.
extension Checkup {
    func stateFolder() -> [Finding] {
        [
            folder(
                "state folder",
                state,
                advice: "Give it to the user that runs the daemon, or name another: --state-dir."
            )
        ]
    }

    /// Checks that a folder can be written, or that it can be created if it does not exist.
    private func folder(_ check: String, _ path: String, advice: String) -> Finding {
        let existing = FileTree.nearestExisting(path)
        guard unsafe access(existing, W_OK | X_OK) == 0, FileTree.isFolder(existing) else {
            let reason = FileTree.isFolder(existing) ? unsafe String(cString: strerror(errno)) : "not a folder"
            return .failed(check, "cannot write to \"\(existing)\": \(reason)", advice)
        }
        return .ok(check, existing == path ? "\"\(path)\"" : "\"\(path)\" is not there; the daemon makes it")
    }

    func disks() -> [Finding] {
        let ours = FileTree.nearestExisting(state)
        var theirs = ours
        if case .folder(let path) = blobs.place { theirs = FileTree.nearestExisting(path) }
        do throws(FileError) {
            let (here, there) = (try FileSystemSpace(of: ours), try FileSystemSpace(of: theirs))
            // If both folders are on one disk, one finding is enough.
            guard here.identifier != there.identifier else { return [disk("disk", ours, here)] }
            return [disk("disk of state", ours, here), disk("disk of blobs", theirs, there)]
        } catch {
            return [.failed("disk", error.inOneLine, "See that the disk is mounted.")]
        }
    }

    private func disk(_ check: String, _ path: String, _ space: FileSystemSpace) -> Finding {
        let gibibyte: Int64 = 1 << 30
        func shown(_ bytes: Int64) -> String {
            bytes < 10 * gibibyte ? "\(bytes >> 20) MiB" : "\(bytes >> 30) GiB"
        }
        let seen = "\(shown(space.freeBytes)) of \(shown(space.totalBytes)) free at \"\(path)\""
        if space.freeBytes < 64 << 20 {
            return .failed(check, seen, "Make room: nothing can be packaged, and the database may stop.")
        }
        if let files = space.freeFiles, files < 1000 {
            return .failed(check, "room for \(files) more files at \"\(path)\"", "Remove files, or make a larger disk.")
        }
        guard space.freeBytes < gibibyte else { return .ok(check, seen) }
        return .warning(check, seen, "Make room: a book of ten hours needs about 3 GiB while it is packaged.")
    }

    func blobStore() async -> [Finding] {
        switch blobs.place {
        case .folder(let path): await blobFolder(path)
        case .s3: await blobService()
        }
    }

    /// Writes, reads, links and deletes a blob, as jobs and callers do.
    private func blobService() async -> [Finding] {
        let (check, advice) = ("blobs", "See blob-url, blob-endpoint, the keys, and what they may do.")
        do {
            let store = try blobs.open()
            try await BlobProbe.run(on: store)
            try await BlobProbe.followLink(on: store, with: HTTPClient(blobs.http), now: SystemClock.now)
            return [.ok(check, "a blob was written to \"\(blobs.place)\", read back, read through a link, and deleted")]
        } catch {
            return [.failed(check, error.inOneLine, (error as? PackagingError)?.hint ?? advice)]
        }
    }

    private func blobFolder(_ blobs: String) async -> [Finding] {
        let check = "blobs"
        let advice = "Give the folder to the user that runs the daemon, or name another: --blob-url."
        // The blob store is not opened if its folders are missing, because that would create them.
        guard FileTree.isFolder(blobs + "/containers") else { return [folder(check, blobs, advice: advice)] }
        let probes = "\(blobs)/containers/\(BlobProbe.container)"
        let isNew = !FileTree.isFolder(probes)
        do {
            try await BlobProbe.run(on: try FileBlobStore(root: blobs))
            if isNew { try FileTree.removeAll(probes) }
            return [.ok(check, "a blob was written to \"\(blobs)\", read back and deleted")]
        } catch {
            return [.failed(check, error.inOneLine, advice)]
        }
    }
}
