import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import packagingd

@Suite("What is written about the settings")
struct ReferenceTests {
    /// Compares `text` with a committed file, which is written anew if `RECORD_SNAPSHOTS=1` is set.
    private func expectFile(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: repository + "/" + name)
        if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        let recorded = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let lines = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false) }
        #expect(
            text == recorded,
            """
            \(name) is not what the code says: \(lines(text).difference(from: lines(recorded)))
            Write it anew with RECORD_SNAPSHOTS=1 scripts/swift test --filter PackagingdTests, and read the difference.
            """
        )
    }

    @Test("the reference page and the example file match the table of settings")
    func files() throws {
        try expectFile("docs/configuration.md", ConfigurationReference.markdown)
        try expectFile("compose/etc/packagingd.yaml", ConfigurationReference.exampleFile)
    }

    @Test("the example file has no mistake, sets only the state folder, and shows a valid value of every setting")
    func example() throws {
        try withBench(ConfigurationReference.exampleFile) { bench in
            let values = try bench.load().values.filter { $0.value.origin != .standard }
            #expect(values.keys.sorted() == ["state-dir"])
            let secret = bench.folder.file("password")
            try writeSecret(String(repeating: "x", count: 32), to: secret)
            let certificates = try TestCertificates.shared.get()
            let text = ConfigurationReference.exampleFile
                .replacing(#/(?m)^#([a-z-]+: )/#) { $0.output.1 }
                .replacing(Setting.databasePasswordFile.example, with: secret)
                .replacing(Setting.tokenSecretFile.example, with: secret)
                .replacing("blob-url: \(Setting.blobURL.example)", with: "blob-url: s3://khipu")
                .replacing(Setting.blobCredentialsFile.example, with: secret)
                .replacing(Setting.httpCA.example, with: certificates.ca)
                .replacing(Setting.tlsCertificate.example, with: certificates.server.certificate)
                .replacing(Setting.tlsKey.example, with: certificates.server.key)
                .replacing(Setting.tlsClientCA.example, with: certificates.ca)
                .replacing("socket-group: \(Setting.socketGroup.example)", with: "socket-group: root")
            try bench.write(text)
            let all = try bench.load().values
            #expect(all.keys.sorted() == Setting.all.map(\.name).sorted())
            #expect(all.allSatisfy { $0.value.origin != .standard })
        }
        #expect(ConfigurationReference.exampleFile.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("the help of serve has every setting's flag with the sentence of the table, and no other option but --config")
    func help() {
        let help = Serve.helpMessage(columns: 100).split(separator: "OPTIONS:").last ?? ""
        let words = help.split { $0.isWhitespace }.joined(separator: " ")
        for setting in Setting.all {
            let flag = setting.kind == .boolean ? setting.flag + "/" + setting.negativeFlag : setting.flag
            let value = setting.valueName.isEmpty ? "" : " <\(setting.valueName)>"
            #expect(words.contains("\(flag)\(value) \(setting.summary)"), "\(setting.name): \(words)")
        }
        let flags = help.matches(of: #/^ +(?:-[a-z], )?--([a-z-]+)/#.anchorsMatchLineEndings()).map { String($0.1) }
        #expect(Set(flags) == Set(Setting.all.map(\.name) + ["config", "help"]))
    }

    @Test("flag, variable and key of a setting are formed from its name in the same way")
    func names() {
        for setting in Setting.all {
            #expect(setting.name.wholeMatch(of: #/[a-z]+(-[a-z]+)*/#) != nil)
            #expect(setting.variable == "PACKAGINGD_" + setting.name.uppercased().replacing("-", with: "_"))
            #expect(setting.summary.hasSuffix("."))
            #expect(!setting.standardText.isEmpty)
        }
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
    }

    @Test("the values that count are shown with their sources")
    func table() throws {
        try withBench("log-level: debug\n") { bench in
            bench.flags = ["--workers", "3", "--no-migrate"]
            bench.environment["PACKAGINGD_DRAIN_SECONDS"] = "5"
            let table = try bench.load().table
            let rows = table.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
            #expect(rows[0] == ["\(bench.path):", "read"])
            #expect(rows.contains(["workers", "3", "--workers"]))
            #expect(rows.contains(["migrate", "false", "--no-migrate"]))
            #expect(rows.contains(["drain-seconds", "5", "PACKAGINGD_DRAIN_SECONDS"]))
            #expect(rows.contains(["log-level", "debug", "\(bench.path):1"]))
            #expect(rows.contains(["log-format", "text", "default"]))
            #expect(table.contains("(a private Postgres)"))
        }
    }
}
