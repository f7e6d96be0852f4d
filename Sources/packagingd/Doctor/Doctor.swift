import ArgumentParser
import Model

/// `packagingd doctor`: checks everything that a daemon depends on.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at everything a daemon stands on, and say what to do about it.",
        discussion: """
            Takes the options and the file that "serve" is given, and may run beside that daemon: it changes nothing that lasts, and \
            starts no database. Exit code 0 when nothing failed, else 1.

            EXAMPLES
              packagingd doctor
              packagingd doctor --state-dir /srv/packaging --json
              packagingd doctor --database-url postgresql://packaging@db.internal/packaging
            """
    )

    @OptionGroup var file: FileOption

    @OptionGroup var places: PlaceOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let findings: [Finding]
        do {
            let sources = ConfigurationSources.ofThisProcess(flags: places.flags, file: file.config)
            let checkup = try Checkup(try sources.load())
            var all: [Finding] = []
            for check in checkup.checks {
                let found = await check()
                if !json { for finding in found { print(finding.text) } }
                all += found
            }
            findings = all
        } catch let error as ConfigurationMistakes {
            throw complain(error)
        } catch let error as PackagingError {
            throw complain(error)
        }
        let report = FindingReport(findings)
        print(json ? try report.json : report.summary)
        if report.failed > 0 { throw ExitCode.failure }
    }
}
