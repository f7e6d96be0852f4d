import Blobs
import Files
import Model
import Synchronization
import Testing

@testable import Services

@Suite("Full disks")
struct DiskTests {
    private static let mebibyte: Int64 = 1 << 20

    private static func space(
        free: Int64,
        total: Int64 = 64 * mebibyte,
        files: Int64? = nil,
        disk: UInt64 = 1
    ) -> FileSystemSpace {
        FileSystemSpace(identifier: disk, freeBytes: free, totalBytes: total, usableBytes: total, freeFiles: files)
    }

    @Test(
        "the floor follows the disk, from a tmpfs of 20 MiB to 4 TiB",
        arguments: [(20 << 20, 655_360), (1 << 30, 32 << 20), (4 << 40, 128 << 20)] as [(Int64, Int64)]
    )
    func floor(_ total: Int64, _ floor: Int64) {
        #expect(Self.space(free: 0, total: total).floorBytes == floor)
    }

    @Test("a disk is full below its floor, and has room again only with half as much more")
    func hysteresis() {
        var watch = DiskWatch()
        // The floor of 64 MiB is 2 MiB.
        let looks: [(free: Int64, isFull: Bool)] = [
            (10, false), (2, false), (1, true), (2, true), (2, true), (3, false), (2, false), (0, true), (64, false),
        ]
        for (free, isFull) in looks {
            #expect(watch.looked(at: Self.space(free: free * Self.mebibyte)) == isFull, "\(free) MiB")
        }
    }

    @Test("a disk whose free bytes stay at the floor, a little more or less, closes once")
    func noFlapping() {
        var watch = DiskWatch()
        var changes = 0
        for step in 0..<100 {
            let before = watch.isFull
            let now = watch.looked(at: Self.space(free: 2 * Self.mebibyte + (step % 2 == 0 ? 4096 : -4096)))
            changes += before == now ? 0 : 1
        }
        #expect(changes == 1)
    }

    @Test("a disk that has bytes and no more files is full, and one without such a limit is not")
    func files() {
        var watch = DiskWatch()
        for (files, isFull) in [(nil, false), (64, false), (63, true), (95, true), (96, false)] as [(Int64?, Bool)] {
            #expect(watch.looked(at: Self.space(free: 32 * Self.mebibyte, files: files)) == isFull)
        }
    }

    @Test("the problem names everything on the full disk, how much is free, and what to do")
    func problem() async throws {
        let free = Mutex<[UInt64: Int64]>([1: 0, 2: 64 * Self.mebibyte])
        let unknown = DiskProbe.Disk(.blobs) { nil }
        func disk(_ role: DiskProbe.Role, _ number: UInt64) -> DiskProbe.Disk {
            DiskProbe.Disk(role) {
                Self.space(free: free.withLock { $0[number] ?? 0 }, disk: number)
            }
        }
        let probe = DiskProbe([disk(.database, 1), disk(.blobs, 2), disk(.scratch, 1)])
        let error = await #expect(throws: PackagingError.self) { try await probe.look() }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.reason == "DATABASE_FULL")
        #expect(
            error?.message == "the disk for the database and scratch files is full: 0 bytes of 64 MiB are free"
        )
        #expect(error?.hint?.hasPrefix("Make room on it; the daemon goes on by itself when 3.0 MiB are free.") == true)

        free.withLock { $0 = [1: 64 * Self.mebibyte, 2: 0] }
        let blobs = await #expect(throws: PackagingError.self) { try await probe.look() }
        #expect(blobs?.reason == "BLOB_STORE_FULL")
        free.withLock { $0[2] = 64 * Self.mebibyte }
        try await probe.look()
        // A blob store on other machines cannot tell.
        try await DiskProbe([unknown]).look()
    }
}
