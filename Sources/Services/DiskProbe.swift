package import Blobs
package import Files
package import Model
import Synchronization

/// Looks whether the disks that every job needs have room.
///
/// While one has none, no job is claimed, and what exists can still be read. A job would find it out as well, but only
/// after it has filled the disk to the last byte, which the database on the same disk does not survive.
package final class DiskProbe: Sendable {
    /// A disk, by what the daemon keeps on it.
    package enum Role: Sendable, Hashable, CaseIterable {
        /// The rows: the private Postgres.
        case database
        /// Audio and packages.
        case blobs
        /// Temporary files.
        case scratch
    }

    /// One disk that is looked at.
    package struct Disk: Sendable {
        let role: Role
        let space: @Sendable () async -> FileSystemSpace?

        /// The disk of `role`, whose room `space` finds out; nil if it cannot be found out. Such a disk counts as having
        /// room, because other probes tell what is wrong with it.
        package init(_ role: Role, space: @escaping @Sendable () async -> FileSystemSpace?) {
            self.role = role
            self.space = space
        }

        /// The disk of a blob store.
        package static func blobs(_ blobs: any BlobStore) -> Disk {
            Disk(.blobs) { try? await blobs.space() }
        }
    }

    private let disks: [Disk]
    private let watches: Mutex<[Role: DiskWatch]> = Mutex([:])

    /// A probe of `disks`, the most important first.
    package init(_ disks: [Disk]) { self.disks = disks }

    /// Looks at all disks.
    ///
    /// - Throws: ``PackagingError`` with code `resourceExhausted` that names the first full disk and everything that is on
    ///   it.
    package func look() async throws(PackagingError) {
        var found: [(role: Role, space: FileSystemSpace)] = []
        for disk in disks {
            if let space = await disk.space() { found.append((disk.role, space)) }
        }
        let full = watches.withLock { watches in
            found.filter { watches[$0.role, default: DiskWatch()].looked(at: $0.space) }
        }
        guard let first = full.first else { return }
        // What is on one disk is full together, unless the disk was looked at between two changes.
        let roles = found.filter { $0.space.identifier == first.space.identifier }.map(\.role)
        throw Self.error(first.role, roles, first.space)
    }

    private static func error(_ role: Role, _ roles: [Role], _ space: FileSystemSpace) -> PackagingError {
        let names = roles.map(\.words)
        let what =
            names.count == 1 ? names[0] : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
        let left = space.freeFiles.map { $0 < 1000 ? ", room for \($0) more files" : "" } ?? ""
        return PackagingError(
            .resourceExhausted,
            "the disk for \(what) is full: \(ByteCount(space.freeBytes)) of \(ByteCount(space.totalBytes)) are free\(left)",
            reason: role.reason,
            hint: "Make room on it; the daemon goes on by itself when \(ByteCount(space.floorBytes * 3 / 2)) are free. "
                + "\"packagingd doctor\" names the folders.",
            retryAfter: .seconds(30)
        )
    }
}

extension DiskProbe.Role {
    fileprivate var words: String {
        switch self {
        case .database: "the database"
        case .blobs: "the blob store"
        case .scratch: "scratch files"
        }
    }

    fileprivate var reason: String {
        switch self {
        case .database: "DATABASE_FULL"
        case .blobs: "BLOB_STORE_FULL"
        case .scratch: "SCRATCH_FULL"
        }
    }
}
