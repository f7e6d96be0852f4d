/// What this build calls itself.
package enum Release {
    /// The version that `--version` prints, and that a package's manifest names as its maker.
    package static let version = "0.1.0"
}
