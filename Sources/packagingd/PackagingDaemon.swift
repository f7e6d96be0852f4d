import ArgumentParser
import Model

/// `packagingd`: the server that turns narrated books into packages for audiobook stores.
@main
struct PackagingDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packagingd",
        abstract: "Turns narrated books into the packages that audiobook stores accept.",
        version: Release.version,
        subcommands: [Serve.self, Migrate.self, Doctor.self],
        defaultSubcommand: Serve.self
    )
}
