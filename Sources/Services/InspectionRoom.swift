import Model

/// Room in scratch for the foreign files that are being judged: a caller announces a size, and takes as much until its
/// report is made.
///
/// Whoever finds no room is refused and does not wait: its bytes would wait with it, on a connection that others use. A
/// value without I/O, so that every refusal is a test.
struct InspectionRoom: Sendable {
    /// How much room there is.
    struct Limits: Sendable, Hashable {
        /// Bytes of one file: beyond what any store takes.
        var fileBytes: Int64 = 4 << 30
        /// Bytes and files of one tenant at once. One may have one file of the largest kind, and leaves room for others.
        var tenantBytes: Int64 = 4 << 30
        var tenantFiles = 4
        /// Bytes and files of all tenants at once.
        var totalBytes: Int64 = 16 << 30
        var totalFiles = 32
        /// What stays free on the disk, for it holds the packages that are being made, too.
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

    /// Whether nobody takes any room.
    var isEmpty: Bool { all.files == 0 && tenants.isEmpty }

    /// Takes room for a file of `bytes`, until ``leave(_:of:)`` with the same values.
    ///
    /// - Parameter free: Bytes that are free on the disk now. What was taken and is not written yet counts as used.
    /// - Throws: ``PackagingError`` with code `invalidArgument` for a size that is never taken, `resourceExhausted` if there
    ///   is no room now.
    mutating func enter(_ bytes: Int64, of tenant: TenantID, free: Int64) throws(PackagingError) {
        guard (1...limits.fileBytes).contains(bytes) else {
            throw .invalid("header.size_bytes", "\(bytes) is not between 1 and \(limits.fileBytes)")
        }
        let use = tenants[tenant, default: Use()]
        guard use.files < limits.tenantFiles, use.bytes + bytes <= limits.tenantBytes else {
            throw .noRoom("other files of yours are being inspected", retry: "Try again when one of them is done.")
        }
        guard all.files < limits.totalFiles, all.bytes + bytes <= limits.totalBytes else {
            throw .noRoom("many files are being inspected", retry: "Try again in a minute.")
        }
        // Files that are being received are on the disk in part: to count all of each twice errs on the safe side.
        guard free - all.bytes - bytes >= limits.freeBytes else {
            throw .noRoom("the disk for scratch files is nearly full", retry: "Make room in the state folder.")
        }
        tenants[tenant, default: Use()] += bytes
        all += bytes
    }

    /// Gives back what a file of `bytes` took.
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
