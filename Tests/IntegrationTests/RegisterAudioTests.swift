import Foundation
import Model
import PackagingClient
import PackagingMessages
import Testing

@Suite("Audio that already lies in the blob store")
struct RegisterAudioTests {
    @Test("registered audio is hashed and measured where it lies, and audio that cannot be used is named by segment")
    func registers() async throws {
        try await withDaemon { daemon, folder in
            let book = folder + "/book"
            try FileManager.default.createDirectory(atPath: book, withIntermediateDirectories: true)
            let yaml = """
                title: Cached
                authors: [A]
                narrators: [B]
                chapters:
                  - title: One
                    segments:
                      - text: First.
                      - text: Second.
                      - text: Third.
                """
            try Data(yaml.utf8).write(to: URL(fileURLWithPath: book + "/book.yaml"))
            let imported = try await daemon.packctl("import", book)
            try #require(imported.status == 0, "\(imported.errors)")

            // Another program has put these files into the tenant's container before.
            let container = daemon.state + "/blobs/containers/t-00000000-0000-4000-8000-000000000001-audio"
            try FileManager.default.createDirectory(atPath: container + "/cache", withIntermediateDirectories: true)
            try await Program.tool(
                "sox",
                ["-n", "-r", "44100", "-b", "16", "-c", "1", container + "/cache/1.wav", "synth", "1", "sine", "440"]
            )
            try Data("no audio".utf8).write(to: URL(fileURLWithPath: container + "/cache/2.wav"))
            try Data("a secret".utf8).write(to: URL(fileURLWithPath: daemon.state + "/blobs/secret.wav"))

            let address = try PackagingAddress.parse(daemon.address)
            try await PackagingClient.withConnection(to: address) { client in
                let readiness = try await client.checkReadiness(CheckReadinessRequest(project: "cached"))
                let segments = try #require(readiness.missingAudio?.segmentIDs)
                try #require(segments.count == 3)
                let paths = ["cache/1.wav", "cache/2.wav", "../../secret.wav"]
                let reply = try await client.registerAudio(
                    RegisterAudioRequest(
                        project: "cached",
                        audio: zip(segments, paths).map { RegisteredAudio(segmentID: $0, blobPath: $1) }
                    )
                )
                #expect(reply.results.map(\.segmentID) == segments)
                #expect(reply.results[0].refusal.isEmpty)
                #expect(reply.results[0].measurement?.samples == 44_100)
                #expect(reply.results[1].refusal.contains("not audio"), "\(reply.results[1].refusal)")
                #expect(reply.results[2].refusal.contains("not a blob path"), "\(reply.results[2].refusal)")

                let project = try await client.getProject(GetProjectRequest(project: "cached"))
                #expect(project.segmentsWithAudio == 1)
            }
        }
    }
}
