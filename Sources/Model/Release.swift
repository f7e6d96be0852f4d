/// What this build calls itself.
public enum Release {
    /// The version that `--version` prints, and that a package's manifest names as its maker.
    public static let version = "0.1.0"
}
