/// The version of this build.
package enum Release {
    /// The version that `packagingd --version` prints, and that the database records with each SQL function.
    package static let version = "0.1.0"
}
