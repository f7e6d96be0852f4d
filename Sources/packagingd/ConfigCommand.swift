import ArgumentParser

/// `packagingd config`: shows which settings exist, and which values they have.
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration, and describe it.",
        subcommands: [Check.self, Reference.self, Example.self]
    )

    /// `packagingd config check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Name every mistake in file, environment and flags, or show what counts.",
            discussion: """
                Takes what "serve" takes, and starts nothing. Each mistake is a line on standard error: where it stands, \
                the setting, what is wrong and what is expected. Without one, the value of every setting is printed, and \
                where it comes from. Run it as the daemon's user, who must be able to read the files. Exit code 0 without \
                a mistake, else 2.

                EXAMPLES
                  packagingd config check
                  packagingd config check --config packagingd.yaml
                  runuser -u packagingd -- packagingd config check
                """
        )

        @OptionGroup var settings: SettingOptions

        func run() async throws {
            let configuration: DaemonConfiguration
            do throws(ConfigurationMistakes) {
                configuration = try settings.sources.load()
            } catch {
                throw complain(error)
            }
            for warning in configuration.warnings { tell("warning: \(warning)\n") }
            print(configuration.table, terminator: "")
        }
    }

    /// `packagingd config reference`.
    struct Reference: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Describe every setting, in Markdown.")

        func run() async throws { print(ConfigurationReference.markdown, terminator: "") }
    }

    /// `packagingd config example`.
    struct Example: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a configuration file with every setting in a comment."
        )

        func run() async throws { print(ConfigurationReference.exampleFile, terminator: "") }
    }
}
