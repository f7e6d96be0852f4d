/// What a tenant's packages take.
package struct StorageUsage: Sendable, Hashable {
    /// Bytes of all packages; shared ones count once.
    package var usedBytes: Int64
    /// Bytes the tenant may keep.
    package var limitBytes: Int64

    /// A usage of `usedBytes` where `limitBytes` are allowed.
    package init(usedBytes: Int64, limitBytes: Int64) {
        self.usedBytes = usedBytes
        self.limitBytes = limitBytes
    }
}
