import Model

/// A part of the daemon that takes new values of its settings while it runs.
protocol Reloadable: Sendable {
    /// The settings that the part accepts. Each of them has `isReloadable` set in the table.
    var settings: [Setting] { get }

    /// Takes the new values from `configuration`: all of them or none.
    ///
    /// Called at every SIGHUP, even if no value has changed, because the contents of a file that a setting names may
    /// have changed.
    ///
    /// - Throws: ``PackagingError`` if the part keeps its old values.
    func reload(_ configuration: DaemonConfiguration) async throws(PackagingError)
}
