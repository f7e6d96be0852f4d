/// What a tenant's packages take.
public struct StorageUsage: Sendable, Hashable {
    /// Bytes of all packages; shared ones count once.
    public var usedBytes: Int64
    /// Bytes the tenant may keep.
    public var limitBytes: Int64

    /// A usage of `usedBytes` where `limitBytes` are allowed.
    public init(usedBytes: Int64, limitBytes: Int64) {
        self.usedBytes = usedBytes
        self.limitBytes = limitBytes
    }
}
