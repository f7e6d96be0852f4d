import Model

/// Room in scratch for foreign files that are being judged. A caller announces a size, and takes that much room until
/// its report is made.
///
/// A caller that finds no room is refused at once. If it waited, its bytes would wait too, on a connection that other
/// calls use. A value without I/O, so that every refusal can be tested.
struct InspectionRoom: Sendable {
    /// The limits of the room.
    struct Limits: Sendable, Hashable {
        /// The most bytes of one file: more than any limit in the rule packs.
        var fileBytes: Int64 = 4 << 30
        /// The most bytes and files of one tenant at once. One tenant may have one file of the largest size, and room
        /// is left for other tenants.
        var tenantBytes: Int64 = 4 << 30
        var tenantFiles = 4
        /// The most bytes and files of all tenants at once.
        var totalBytes: Int64 = 16 << 30
        var totalFiles = 32
        /// The bytes that must stay free on the disk, because it also holds the packages that are being made.
        var freeBytes: Int64 = 1 << 30
    }

    private struct Use {
        var files = 0
        var bytes: Int64 = 0

        static func += (use: inout Use, bytes: Int64) {
            use.files += 1
            use.bytes += bytes
        }

        static func -= (use: inout Use, bytes: Int64) {
            use.files -= 1
            use.bytes -= bytes
        }
    }

    let limits: Limits
    private var all = Use()
    private var tenants: [TenantID: Use] = [:]

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Whether no room is taken.
    var isEmpty: Bool { all.files == 0 && tenants.isEmpty }

    /// Takes room for a file of `bytes`. It is given back by ``leave(_:of:)`` with the same values.
    ///
    /// - Parameter free: The bytes that are free on the disk now. Room that was taken and is not written yet counts as
    ///   used.
    /// - Throws: ``PackagingError`` with code `invalidArgument` for a size that is never accepted, `resourceExhausted`
    ///   if there is no room now.
    mutating func enter(_ bytes: Int64, of tenant: TenantID, free: Int64) throws(PackagingError) {
        guard (1...limits.fileBytes).contains(bytes) else {
            throw .invalid("header.size_bytes", "\(bytes) is not between 1 and \(limits.fileBytes)")
        }
        let use = tenants[tenant, default: Use()]
        if let reason = Self.reason(against: bytes, use, limits.tenantFiles, limits.tenantBytes) {
            throw .noRoom("\(reason) of one tenant", retry: "Try again when one of your other files is done.")
        }
        if let reason = Self.reason(against: bytes, all, limits.totalFiles, limits.totalBytes) {
            throw .noRoom("\(reason) of all tenants", retry: "Try again in a minute.")
        }
        // Files that are being received are already on the disk in part. Counting those bytes twice errs on the safe
        // side.
        guard free - all.bytes - bytes >= limits.freeBytes else {
            throw .noRoom(
                "it has \(ByteCount(bytes)), and the disk for scratch files has "
                    + "\(ByteCount(max(0, free - all.bytes - limits.freeBytes))) for such files",
                retry: "Make room in the state folder."
            )
        }
        tenants[tenant, default: Use()] += bytes
        all += bytes
    }

    /// Why a file of `bytes` has no room beside those of `use`, up to whose files they are; nil if it has.
    private static func reason(against bytes: Int64, _ use: Use, _ files: Int, _ limit: Int64) -> String? {
        if use.files >= files { return "\(use.files) files are being inspected, the most at once" }
        guard use.bytes + bytes > limit else { return nil }
        return
            "it has \(ByteCount(bytes)), files of \(ByteCount(use.bytes)) are being inspected, and \(ByteCount(limit)) "
            + "are the most at once"
    }

    /// Gives back the room that a file of `bytes` took.
    mutating func leave(_ bytes: Int64, of tenant: TenantID) {
        all -= bytes
        tenants[tenant]? -= bytes
        if tenants[tenant]?.files == 0 { tenants[tenant] = nil }
    }
}

extension PackagingError {
    fileprivate static func noRoom(_ why: String, retry: String) -> Self {
        Self(
            .resourceExhausted,
            "could not take the file: \(why)",
            reason: "INSPECTION_ROOM",
            hint: retry,
            retryAfter: .seconds(30)
        )
    }
}
