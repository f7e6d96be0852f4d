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
}
