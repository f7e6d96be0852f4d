/// The version of this build.
package enum Release {
    /// The version that `--version` prints, and that a package's manifest names as its producer.
    package static let version = "0.1.0"
}
