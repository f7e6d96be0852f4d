/// How long a package is kept. The raw value is the word in the database.
package enum StorageTier: String, Sendable, Hashable, Codable, CaseIterable {
    /// 24 hours.
    case temp
    /// 7 to 90 days.
    case archive
}
