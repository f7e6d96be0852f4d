internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl validate PACKAGE`
struct ValidateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Decode a package and judge it by its platform's rules.",
        discussion: """
            The report is kept with the package. Exit code 0 when the package is valid, 5 when it is not.

            EXAMPLES
              packctl validate 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11
              packctl validate 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11 --json
            """
    )

    @Argument(help: "The package's id.")
    var package: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let report = try await client.validate(ValidateRequest(packageID: package))
        show(report, on: console) { Self.lines(report) }
        return report.valid ? .done : .notReady
    }

    static func lines(_ report: ValidationReport) -> [String] {
        var lines = [report.valid ? "valid" : "not valid"]
        for issue in report.issues {
            let numbers = issue.affectedChapters.map(String.init).joined(separator: ", ")
            let chapters = issue.affectedChapters.count == 1 ? "chapter \(numbers)" : "chapters \(numbers)"
            lines.append("\(issue.severity): \(issue.message)" + (numbers.isEmpty ? "" : " (\(chapters))"))
            if !issue.details.isEmpty { lines.append("  \(issue.details)") }
        }
        // A package that could not be read has no audio measurements.
        if let specs = report.specs, !specs.audioCodec.isEmpty {
            lines.append(
                "\(specs.audioCodec) \(specs.bitrate), \(specs.sampleRate) Hz, \(Quantities.count(specs.channels, "channel")), "
                    + "\(Quantities.length(seconds: specs.totalDurationSeconds)), \(Quantities.size(megabytes: specs.fileSizeMB))"
            )
            lines.append("peak \(specs.peakLevel) dB, RMS \(specs.averageRMS) dB, noise floor \(specs.noiseFloor) dB")
        }
        return lines.map(\.printable)
    }
}
