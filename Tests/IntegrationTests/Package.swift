import Foundation
import Testing

/// A downloaded ZIP of MP3, with its files unpacked.
struct Package {
    /// The ZIP file.
    let file: String
    /// The folder it was unpacked to.
    let folder: String
    /// The paths of the MP3s, in the order of their names.
    let tracks: [String]

    /// Downloads the newest package of a project with `packctl`, and unpacks it with `unzip`.
    static func download(of project: String, from daemon: Daemon, to folder: String) async throws -> Package {
        let list = try await daemon.json("packages", project)
        let packages = try #require(list["packages"] as? [[String: Any]])
        let newest = try #require(packages.first)
        let id = try #require(newest["id"] as? String)
        let file = folder + "/\(id).zip"
        let outcome = try await daemon.packctl("download", id, "-o", file)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let size = try #require(FileManager.default.attributesOfItem(atPath: file)[.size] as? Int)
        #expect(size == newest["fileSizeBytes"] as? Int)
        return try await unpack(file, to: folder + "/" + id)
    }

    /// Unpacks a ZIP with `unzip`.
    static func unpack(_ file: String, to folder: String) async throws -> Package {
        try await Program.tool("unzip", ["-q", "-o", file, "-d", folder])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mp3") }
        return Package(file: file, folder: folder, tracks: names.sorted().map { folder + "/" + $0 })
    }
}
