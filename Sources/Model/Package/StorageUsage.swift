/// The storage that a tenant's packages use.
package struct StorageUsage: Sendable, Hashable {
    /// Bytes of all packages; shared bytes count once.
    package var usedBytes: Int64
    /// Bytes the tenant may keep.
    package var limitBytes: Int64

    /// A usage of `usedBytes` where `limitBytes` are allowed.
    package init(usedBytes: Int64, limitBytes: Int64) {
        self.usedBytes = usedBytes
        self.limitBytes = limitBytes
    }

    /// The constant word for a refusal because of it.
    package static let reason = "STORAGE_QUOTA"

    /// The limit and what is used of it, in words.
    package var words: String {
        "the tenant may keep \(ByteCount(limitBytes)) of packages and has \(ByteCount(usedBytes))"
    }

    /// Why a package that needs so many bytes cannot be kept, in words: the limit, what is used, what is needed, and what
    /// makes room.
    package func refusal(of needed: Int64) -> String {
        "the storage quota is exceeded: \(words), and this one needs \(ByteCount(needed)); delete packages with "
            + "\"packctl delete PACKAGE\", or ask the operator to raise the quota with \"packctl tenant set\""
    }
}
