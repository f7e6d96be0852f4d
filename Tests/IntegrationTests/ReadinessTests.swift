import Foundation
import Testing

@Suite("Books that are not ready")
struct ReadinessTests {
    /// A fault of a book, and what its readiness must say about it.
    enum Fault: String, CaseIterable, CustomTestStringConvertible {
        case noCover, smallCover, emptySegment

        var testDescription: String { rawValue }

        /// The requirement that is not met, and words of its details.
        var complaint: (requirement: String, words: String) {
            switch self {
            case .noCover: ("cover", "the book has no cover")
            case .smallCover: ("cover_size", "the cover is 1600x1600 pixels")
            case .emptySegment: ("audio", "1 chapter missing audio")
            }
        }

        /// The platforms that can be started nevertheless.
        var ready: [String] { self == .smallCover ? ["apple", "kobo"] : [] }
    }

    @Test(
        "readiness and create report the same faults, and the platforms that are ready are started",
        arguments: Fault.allCases
    )
    func tells(fault: Fault) async throws {
        try await withDaemon { daemon, folder in
            try await write(fault, to: folder + "/book")
            let imported = try await daemon.packctl("import", folder + "/book")
            try #require(imported.status == 0, "\(imported.errors)")

            let readiness = try await daemon.json("readiness", "faulty", status: 5)
            let platforms = try #require(readiness["platforms"] as? [[String: Any]])
            for platform in platforms {
                let id = try #require(platform["id"] as? String)
                #expect(platform["ready"] as? Bool == fault.ready.contains(id), "\(id)")
                guard !fault.ready.contains(id) else { continue }
                let requirements = try #require(platform["requirements"] as? [[String: Any]])
                let unmet = requirements.first { $0["id"] as? String == fault.complaint.requirement }
                #expect(unmet?["met"] as? Bool == false)
                let details = unmet?["details"] as? String
                #expect(details?.contains(fault.complaint.words) == true, "\(id): \(details ?? "no details")")
            }

            let created = try await daemon.packctl("create", "faulty", "--watch")
            #expect(created.status == (fault.ready.isEmpty ? 5 : 7), "\(created.errors)")
            #expect(created.errors.contains(fault.complaint.words), "\(created.errors)")
            let packages = try #require(try await daemon.json("packages", "faulty")["packages"] as? [[String: Any]])
            #expect(packages.compactMap { $0["platformId"] as? String }.sorted() == fault.ready)
        }
    }

    /// A book of two chapters with one fault.
    private func write(_ fault: Fault, to folder: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await Program.tool(
            "sox",
            ["-n", "-r", "44100", "-b", "16", "-c", "1", folder + "/tone.wav", "synth", "1", "sine", "440"]
        )
        let side = fault == .smallCover ? 1600 : 3000
        if fault != .noCover {
            try await Program.tool(
                "ffmpeg",
                [
                    "-loglevel", "error", "-f", "lavfi", "-i", "color=c=0x305070:s=\(side)x\(side)", "-frames:v", "1",
                    folder + "/cover.png",
                ]
            )
        }
        let second = fault == .emptySegment ? "{text: Unspoken.}" : "{text: Spoken., audio: tone.wav}"
        let yaml = """
            title: Faulty
            authors: [A]
            narrators: [B]
            \(fault == .noCover ? "" : "cover: cover.png")
            chapters:
              - title: One
                segments:
                  - {text: Spoken., audio: tone.wav}
                  - \(second)
              - title: Two
                segments:
                  - {text: Spoken., audio: tone.wav}
            """
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: folder + "/book.yaml"))
    }
}
