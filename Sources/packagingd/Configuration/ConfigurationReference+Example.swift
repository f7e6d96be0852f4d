extension ConfigurationReference {
    /// The settings that the installed file sets. All others are in comments.
    static let installed: [String: String] = [Setting.stateDir.name: "/var/lib/packagingd"]

    /// The contents of `compose/etc/packagingd.yaml`, which packages install as `/etc/packagingd/packagingd.yaml`.
    static var exampleFile: String {
        """
        # Configuration of packagingd. "packagingd config check" names every mistake in it, "packagingd config reference"
        # describes every setting. A flag or an environment variable (PACKAGINGD_LOG_LEVEL for log-level) wins over it.
        # The daemon reads it again on SIGHUP; what is not marked so needs a restart.

        """ + Setting.all.map(lines).joined()
    }

    private static func lines(_ setting: Setting) -> String {
        let reload = setting.isReloadable ? " Taken on SIGHUP." : ""
        let line = installed[setting.name].map { "\(setting.name): \($0)" } ?? "#\(setting.name): \(setting.example)"
        let standard = setting.standardText.replacing("`", with: "")
        let comment = wrapped("\(setting.summary)\(reload) Default: \(standard).", prefix: "#")
        return "\n\(comment)\n\(line)\n"
    }
}
