internal import ArgumentParser
internal import PackagingClient
internal import Wire

/// `packctl validate PACKAGE`
struct ValidateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Decode a package and judge it by its store's rules.",
        discussion: "Exit code 0 when the package is valid, 5 when it is not."
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
            let chapters = issue.affectedChapters.map(String.init).joined(separator: ", ")
            lines.append("\(issue.severity): \(issue.message)" + (chapters.isEmpty ? "" : " (chapters \(chapters))"))
            if !issue.details.isEmpty { lines.append("  \(issue.details)") }
        }
        if let specs = report.specs {
            lines.append(
                "\(specs.audioCodec) \(specs.bitrate), \(specs.sampleRate) Hz, \(Quantities.count(specs.channels, "channel")), "
                    + "\(Quantities.length(seconds: specs.totalDurationSeconds)), \(specs.fileSizeMB) MB"
            )
            lines.append("peak \(specs.peakLevel) dB, RMS \(specs.averageRMS) dB, noise floor \(specs.noiseFloor) dB")
        }
        return lines.map(\.printable)
    }
}
