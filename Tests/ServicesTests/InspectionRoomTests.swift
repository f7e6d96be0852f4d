import Model
import Testing

@testable import Services

@Suite("Room for inspections")
struct InspectionRoomTests {
    private let ada = TenantID.random()
    private let bob = TenantID.random()
    private let plenty: Int64 = 1 << 50

    @Test("a size that is never accepted is the caller's fault", arguments: [-1, 0, (4 << 30) + 1] as [Int64])
    func sizes(_ bytes: Int64) {
        #expect(refusal { try $0.enter(bytes, of: ada, free: plenty) } == .invalidArgument)
    }

    @Test("a tenant has room for one file of the largest size, and another tenant has room beside it")
    func oneLarge() throws {
        var room = InspectionRoom()
        try room.enter(4 << 30, of: ada, free: plenty)
        #expect(refusal(in: room) { try $0.enter(1, of: ada, free: plenty) } == .resourceExhausted)
        try room.enter(4 << 30, of: bob, free: plenty)
    }

    @Test("a tenant has a limited number of files at once, however small, and another tenant still has room")
    func manySmall() throws {
        var room = InspectionRoom()
        for _ in 0..<room.limits.tenantFiles { try room.enter(1, of: ada, free: plenty) }
        #expect(refusal(in: room) { try $0.enter(1, of: ada, free: plenty) } == .resourceExhausted)
        try room.enter(1, of: bob, free: plenty)
        room.leave(1, of: ada)
        try room.enter(1, of: ada, free: plenty)
    }

    @Test("all tenants together have a limited number of bytes and files")
    func all() throws {
        var room = InspectionRoom()
        for _ in 0..<4 { try room.enter(4 << 30, of: .random(), free: plenty) }
        #expect(refusal(in: room) { try $0.enter(1, of: bob, free: plenty) } == .resourceExhausted)
        room = InspectionRoom()
        for _ in 0..<room.limits.totalFiles { try room.enter(1, of: .random(), free: plenty) }
        #expect(refusal(in: room) { try $0.enter(1, of: bob, free: plenty) } == .resourceExhausted)
    }

    @Test("a part of the disk stays free, also counting bytes that are promised and not yet written")
    func disk() throws {
        var room = InspectionRoom()
        try room.enter(2 << 30, of: ada, free: 5 << 30)
        #expect(refusal(in: room) { try $0.enter((2 << 30) + 1, of: bob, free: 5 << 30) } == .resourceExhausted)
        try room.enter(2 << 30, of: bob, free: 5 << 30)
    }

    @Test("a caller that leaves frees its room, and a caller that was refused took none")
    func leaves() throws {
        var room = InspectionRoom()
        try room.enter(3 << 30, of: ada, free: plenty)
        #expect(refusal(in: room) { try $0.enter(2 << 30, of: ada, free: plenty) } == .resourceExhausted)
        room.leave(3 << 30, of: ada)
        #expect(room.isEmpty)
    }

    @Test("a refusal names what is needed, what is used, and the limit")
    func words() throws {
        var room = InspectionRoom()
        try room.enter(3 << 30, of: ada, free: plenty)
        func words(_ bytes: Int64, of tenant: TenantID, free: Int64) -> String? {
            var copy = room
            do {
                try copy.enter(bytes, of: tenant, free: free)
                return nil
            } catch {
                return error.message
            }
        }
        #expect(
            words(2 << 30, of: ada, free: plenty)
                == "could not take the file: it has 2.0 GiB, files of 3.0 GiB are being inspected, and 4.0 GiB are the most "
                + "at once of one tenant"
        )
        #expect(
            words(2 << 30, of: bob, free: 5 << 30)
                == "could not take the file: it has 2.0 GiB, and the disk for scratch files has 1.0 GiB for such files"
        )
        for _ in 0..<3 { try room.enter(1, of: ada, free: plenty) }
        #expect(
            words(1, of: ada, free: plenty)
                == "could not take the file: 4 files are being inspected, the most at once of one tenant"
        )
    }

    private func refusal(
        in room: InspectionRoom = InspectionRoom(),
        _ body: (inout InspectionRoom) throws -> Void
    ) -> PackagingError.Code? {
        var room = room
        do {
            try body(&room)
            return nil
        } catch {
            return (error as? PackagingError)?.code
        }
    }
}
