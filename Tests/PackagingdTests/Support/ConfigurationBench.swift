import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import packagingd

/// A folder with a configuration file, and the results of reading it.
struct ConfigurationBench {
    let folder: TemporaryFolder
    var flags: [String] = []
    var environment: [String: String] = ["HOME": "/home/ada"]

    init(_ folder: TemporaryFolder) { self.folder = folder }

    var path: String { folder.file("packagingd.yaml") }

    /// Writes the file, as text.
    func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Writes the file, as bytes.
    func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

    /// The sources that the daemon reads. The file is `--config`, unless `file` is false.
    func sources(file: Bool = true) throws -> ConfigurationSources {
        let options = try SettingOptions.parse(flags)
        var sources = options.sources
        sources.environment = environment
        sources.folder = "/home/ada"
        sources.file = ConfigurationFile(
            flag: file ? path : options.file.config,
            environment: environment,
            folder: "/home/ada",
            usual: folder.file("usual.yaml")
        )
        return sources
    }

    func load(file: Bool = true) throws -> DaemonConfiguration { try sources(file: file).load() }

    /// The mistakes, each without the path of the file: `LINE: SETTING: REASON`.
    func mistakes(file: Bool = true) throws -> [String] {
        do {
            _ = try sources(file: file).load()
            return []
        } catch let error as ConfigurationMistakes {
            return error.mistakes.map { "\($0)".replacing(path + ":", with: "") }
        }
    }
}

/// Writes a file that only its owner can read, unless `mode` says otherwise.
func writeSecret(_ text: String, to path: String, mode: Int = 0o600) throws {
    try writeSecret(Array(text.utf8), to: path, mode: mode)
}

/// Writes a file that only its owner can read, unless `mode` says otherwise.
func writeSecret(_ bytes: [UInt8], to path: String, mode: Int = 0o600) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}

/// Gives `body` a bench whose file contains `text`.
func withBench(_ text: String = "", _ body: (inout ConfigurationBench) throws -> Void) throws {
    let folder = TemporaryFolder("config")
    defer { folder.remove() }
    var bench = ConfigurationBench(folder)
    try bench.write(text)
    try body(&bench)
}

/// The top folder of the repository.
let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .path
