import Assets
package import Model
import Platforms
import Synchronization
import Validation

extension ValidationService {
    /// Judges a file that a caller sends, by the rules of `platform`. Nothing of the file is kept.
    ///
    /// One file may have at most 4 GiB, and so may all files of a tenant at one time, at most four. 1 GiB of the disk
    /// stays free. ``InspectionRoom/Limits`` has all limits.
    ///
    /// - Parameter bytes: The size that was announced.
    /// - Throws: ``PackagingError`` with code `invalidArgument` if more or fewer bytes come than announced,
    ///   `resourceExhausted` and reason `INSPECTION_ROOM` if there is no room for them now, `deadlineExceeded` if no
    ///   bytes come for a minute.
    package func inspect(
        _ chunks: some AsyncSequence<[UInt8], any Error> & Sendable,
        bytes: Int64,
        platform: Platform,
        tenant: TenantID
    ) async throws -> ValidationReport {
        let pack = RulePack.pack(for: platform)
        return try await scratch.withFolder(of: tenant, for: "inspect") { folder in
            try inspections.enter(bytes, of: tenant, free: try await folder.freeBytes())
            defer { inspections.leave(bytes, of: tenant) }
            let received = try await folder.receive(chunks, bytes: bytes, patience: patience)
            return try await inspector.report(on: received, by: pack, tenant: tenant)
        }
    }
}

/// The ``InspectionRoom`` that all calls of a daemon share.
final class SharedInspectionRoom: Sendable {
    private let room: Mutex<InspectionRoom>

    init(limits: InspectionRoom.Limits = InspectionRoom.Limits()) {
        room = Mutex(InspectionRoom(limits: limits))
    }

    func enter(_ bytes: Int64, of tenant: TenantID, free: Int64) throws(PackagingError) {
        try room.withLock { room throws(PackagingError) in try room.enter(bytes, of: tenant, free: free) }
    }

    func leave(_ bytes: Int64, of tenant: TenantID) { room.withLock { $0.leave(bytes, of: tenant) } }
}
