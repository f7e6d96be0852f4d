/// The version of this build.
package enum Release {
    /// The version that `packagingd --version` prints, and that the database records for the release that changed its
    /// schema.
    package static let version = "0.1.0"
}
