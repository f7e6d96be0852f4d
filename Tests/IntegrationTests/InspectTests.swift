import Foundation
import Model
import PackagingClient
import PackagingMessages
import Protobuf
import Testing

@Suite("Inspect")
struct InspectTests {
    @Test(
        "packctl inspect reports on a file as validate reports on the package, and finds a damaged file not valid"
    )
    func inspectsFile() async throws {
        try await withDaemon { daemon, folder in
            let file = folder + "/foreign.zip"
            let package = try await Self.package(to: file, daemon, folder)
            let validated = try await daemon.packctl("validate", package)
            let inspected = try await daemon.packctl("inspect", file, "--platform", "google")
            #expect(inspected.status == validated.status, "\(inspected.errors)")
            #expect(inspected.output == validated.output)
            let json = try await daemon.json("inspect", file, "--platform", "google", status: validated.status)
            #expect((json["specs"] as? [String: Any])?["audioCodec"] as? String == "mp3")

            var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            bytes[bytes.count / 2] ^= 0xFF
            try bytes.write(to: URL(fileURLWithPath: file))
            let damaged = try await daemon.packctl("inspect", file, "--platform", "google")
            #expect(damaged.status == 5)
            #expect(damaged.output.hasPrefix("not valid\n"), "\(damaged.output)")
            #expect(damaged.output.contains("does not match its checksum"))

            try Data("no archive at all".utf8).write(to: URL(fileURLWithPath: file))
            for platform in ["apple", "acx", "kobo"] {
                let refused = try await daemon.packctl("inspect", file, "--platform", platform)
                #expect(refused.status == 5, "\(refused.errors)")
                #expect(refused.output.contains("cannot be read as"), "\(refused.output)")
            }
            #expect(Self.scratch(of: daemon).isEmpty)
            // Nothing of a foreign file is kept: there is still only the one package.
            let list = try await daemon.json("packages", "bursts")
            #expect((list["packages"] as? [[String: Any]])?.count == 1)
        }
    }

    @Test("a file whose size differs from the announced size is refused, and so is one for which there is no room")
    func sizes() async throws {
        try await withDaemon { daemon, _ in
            try await PackagingClient.withConnection(to: PackagingAddress.parse(daemon.address)) { client in
                func inspect(announcing size: Int64, sending count: Int) async throws(PackagingError) {
                    let header = InspectHeader(platformID: "google", sizeBytes: size)
                    _ = try await client.inspect { (writer) async throws(PackagingError) in
                        try await writer.write(InspectRequest(item: .header(header)))
                        try await writer.write(InspectRequest(item: .data([UInt8](repeating: 1, count: count))))
                    }
                }
                for (size, count) in [(10, 9), (10, 11), (0, 1), (-1, 1), ((4 << 30) + 1, 1)] as [(Int64, Int)] {
                    let error = await #expect(throws: PackagingError.self) {
                        try await inspect(announcing: size, sending: count)
                    }
                    #expect(error?.code == .invalidArgument, "\(size) \(count): \(error as Any)")
                }
            }
            #expect(Self.scratch(of: daemon).isEmpty)
        }
    }

    @Test("a tenant inspects four files at once, a fifth is refused, and the files of callers that go away go too")
    func bounded() async throws {
        try await withDaemon { daemon, folder in
            let address = try PackagingAddress.parse(daemon.address)
            let header = InspectRequest(item: .header(InspectHeader(platformID: "google", sizeBytes: 1 << 20)))
            let piece = InspectRequest(item: .data([UInt8](repeating: 1, count: 1 << 10)))
            let callers = (0..<4).map { _ in
                Task {
                    try await PackagingClient.withConnection(to: address) { client in
                        try await client.inspect { (writer) async throws(PackagingError) in
                            try await writer.write(header)
                            try await writer.write(piece)
                            // Sends nothing more, and ends when its task is cancelled.
                            try? await Task.sleep(for: .seconds(600))
                            throw PackagingError(.cancelled, "gone")
                        }
                    }
                }
            }
            try await Self.waitForScratch(of: daemon, "four files") {
                $0.filter { $0.hasSuffix("/received") }.count == 4
            }
            try Data(count: 5).write(to: URL(fileURLWithPath: folder + "/small.zip"))
            let refused = try await daemon.packctl("inspect", folder + "/small.zip", "--platform", "google")
            #expect(refused.status == 4)
            #expect(
                refused.errors == """
                    packctl: could not take the file: 4 files are being inspected, the most at once of one tenant
                    hint: Try again when one of your other files is done.

                    """
            )
            for caller in callers { caller.cancel() }
            try await Self.waitForScratch(of: daemon, "the end of the callers") { $0.isEmpty }
            let taken = try await daemon.packctl("inspect", folder + "/small.zip", "--platform", "google")
            #expect(taken.status == 5, "\(taken.errors)")
        }
    }

    /// Makes a package for Google, downloads it to `file`, and returns its id.
    private static func package(to file: String, _ daemon: Daemon, _ folder: String) async throws -> String {
        let book = try await BurstBook.write(to: folder + "/book", chapters: 2)
        try #require(try await daemon.packctl("import", book.folder).status == 0)
        let created = try await daemon.packctl("create", "bursts", "--platform", "google", "--watch")
        try #require(created.status == 0, "\(created.errors)")
        let list = try await daemon.json("packages", "bursts")
        let packages = try #require(list["packages"] as? [[String: Any]])
        let id = try #require(packages.first?["id"] as? String)
        try #require(try await daemon.packctl("download", id, "-o", file).status == 0)
        return id
    }

    /// The files that inspections have in scratch.
    private static func scratch(of daemon: Daemon) -> [String] {
        content(of: daemon.state + "/scratch").map(\.path).filter { $0.contains("/inspect-") }
    }

    private static func waitForScratch(
        of daemon: Daemon,
        _ what: String,
        _ condition: @escaping @Sendable ([String]) -> Bool
    ) async throws {
        try await within(.seconds(120), what) {
            while !condition(scratch(of: daemon)) { try await Task.sleep(for: .milliseconds(50)) }
        }
    }
}
