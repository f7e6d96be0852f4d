public import Model

extension BatchPlan {
    /// Whether this build writes packages of a format.
    public static func canPackage(_ format: PackageFormat) -> Bool {
        switch format {
        case .zipMP3: true
        case .m4b, .epub3: false
        }
    }
}
