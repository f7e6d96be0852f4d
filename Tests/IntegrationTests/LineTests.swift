import Foundation
import Testing

@Suite("From a book folder to a Google Play ZIP")
struct LineTests {
    @Test("independent readers accept the package, its size is the planned one, and it has its tags")
    func package() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(
                to: folder + "/book",
                chapters: 3,
                title: "Night & \\\"Fog\\\": Río"
            )
            _ = try await daemon.packctl("import", book.folder)
            let plan = try await daemon.json("plan", "night-fog-rio")
            let created = try await daemon.packctl("create", "night-fog-rio", "--platform", "google", "--watch")
            try #require(created.status == 0, "\(created.errors)")
            #expect(created.errors.contains("to MP3"))

            let package = try await Package.download(of: "night-fog-rio", from: daemon, to: folder)
            let plans = try #require(plan["plans"] as? [[String: Any]])
            let google = try #require(plans.first { $0["platformId"] as? String == "google" })
            let size = try #require(FileManager.default.attributesOfItem(atPath: package.file)[.size] as? Int)
            #expect(google["sizeBytes"] as? Int == size)
            for file in try #require(google["files"] as? [[String: Any]]) {
                let path = try "\(package.folder)/\(#require(file["name"] as? String))"
                let actual = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
                #expect(actual == file["sizeBytes"] as? Int, "\(path)")
            }

            try await Program.tool("unzip", ["-tq", package.file])
            try await Program.tool("zipinfo", ["-t", package.file])
            for (index, track) in package.tracks.enumerated() {
                let stream = try await Program.tool(
                    "ffprobe",
                    [
                        "-v", "error", "-select_streams", "a", "-show_entries",
                        "stream=codec_name,sample_rate,channels,bit_rate:stream_disposition=attached_pic", "-of",
                        "default=nw=1:nk=0", track,
                    ]
                )
                for fact in ["codec_name=mp3", "sample_rate=44100", "channels=1", "bit_rate=256000"] {
                    #expect(stream.contains(fact), "\(track): \(stream)")
                }
                let checked = try await Program.tool("mp3val", [track])
                #expect(checked.contains("CBR"), "\(checked)")
                #expect(!checked.contains("WARNING"), "\(checked)")
                let tags = try await Program.python(
                    """
                    import sys
                    from mutagen.id3 import ID3
                    tags = ID3(sys.argv[1])
                    picture = tags.getall("APIC")[0]
                    print(tags["TALB"].text[0], tags["TIT2"].text[0], tags["TPE1"].text[0], tags["TRCK"].text[0],
                          int(picture.type), picture.mime, sep="|")
                    """,
                    [track]
                )
                #expect(
                    tags == "Night & \"Fog\": Río|Chapter \(index + 1)|A. Tester|\(index + 1)/3|3|image/png\n"
                )
            }
        }
    }

    @Test("a watcher sees every event of its job in order, and resumes after any of them")
    func watch() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 2)
            _ = try await daemon.packctl("import", book.folder)
            let created = try await daemon.json("create", "bursts", "--platform", "google")
            let job = try #require((created["jobIds"] as? [String: String])?["google"])
            let live = try await Self.events(of: job, after: 0, on: daemon)
            #expect(live.first?.status == "queued")
            #expect(live.last?.status == "completed")
            #expect(live.map(\.sequence) == live.map(\.sequence).sorted())
            #expect(Set(live.map(\.sequence)).count == live.count)
            let order = ["queued", "downloading_audio", "processing", "uploading", "completed"]
            #expect(live.map(\.status).reduce(into: []) { if $0.last != $1 { $0.append($1) } } == order)

            let middle = live[live.count / 2].sequence
            let replayed = try await Self.events(of: job, after: middle, on: daemon)
            #expect(replayed == live.filter { $0.sequence > middle })
        }
    }

    @Test("a daemon that is stopped and started again keeps books, jobs and packages")
    func restart() async throws {
        try await withFolder { folder in
            var daemon = try await Daemon.start(state: folder + "/state")
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            _ = try await daemon.packctl("import", book.folder)
            let created = try await daemon.packctl("create", "bursts", "--platform", "google", "--watch")
            #expect(created.status == 0, "\(created.errors)")
            try await daemon.stop()
            daemon = try await Daemon.start(state: folder + "/state")
            _ = try await Package.download(of: "bursts", from: daemon, to: folder)
            let jobs = try await daemon.json("jobs", "bursts")
            #expect((jobs["jobs"] as? [[String: Any]])?.count == 1)
            try await daemon.stop()
        }
    }

    @Test("a missing object is named and exits with 3; a wrong command line exits with 2, a missing daemon with 6")
    func refusals() async throws {
        try await withDaemon { daemon, folder in
            let job = try await daemon.packctl("job", "0b6c0c1e-0000-4000-8000-000000000000")
            #expect(job.status == 3)
            #expect(job.errors.hasPrefix("packctl: job \"0b6c0c1e-0000-4000-8000-000000000000\" does not exist\n"))
            let project = try await daemon.packctl("packages", "dune")
            #expect(project.status == 3)
            #expect(project.errors.hasPrefix("packctl: project \"dune\" does not exist\n"))
            let platform = try await daemon.packctl("create", "dune", "--platform", "nook")
            #expect(platform.status == 2)
            let away = try await Program.run(
                Program.built("packctl"),
                ["--address", "unix:\(folder)/nobody.sock", "projects"]
            )
            #expect(away.status == 6)
        }
    }

    private struct Event: Equatable {
        var sequence: Int
        var status: String
        var percent: Int
    }

    private static func events(of job: String, after sequence: Int, on daemon: Daemon) async throws -> [Event] {
        let outcome = try await daemon.packctl("--json", "watch", job, "--after", "\(sequence)")
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try outcome.output.split(separator: "\n").map { line in
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            )
            return Event(
                sequence: try #require(object["sequence"] as? Int),
                status: try #require(object["status"] as? String),
                percent: try #require(object["progressPercent"] as? Int)
            )
        }
    }
}
