import Model

/// A part of the daemon that takes new values of its settings while it runs.
protocol Reloadable: Sendable {
    /// The settings that it takes. Each has `isReloadable` in the table.
    var settings: [Setting] { get }

    /// Takes the values of `configuration`, all or none of them.
    ///
    /// Called at every SIGHUP, also when no value has changed: a file that a setting names may have.
    ///
    /// - Throws: ``PackagingError`` if it goes on with what it had.
    func reload(_ configuration: DaemonConfiguration) async throws(PackagingError)
}
