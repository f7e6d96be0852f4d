import Foundation
import Testing

/// Programs that read the JSON of `packctl` rely on these fields and their types.
@Suite("Fields of the JSON that other programs read")
struct MissionFieldsTests {
    @Test("packctl --json carries every field that other programs read, each with its type")
    func fields() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            _ = try await daemon.packctl("import", book.folder)

            let readiness = try await daemon.json("readiness", "bursts")
            expect(readiness, "readiness", ["overallReady": .boolean, "platforms": .list, "missingAudio": .object])
            expect(
                readiness["completionStats"],
                "completionStats",
                [
                    "totalChapters": .number, "chaptersWithCompleteAudio": .number, "totalSegments": .number,
                    "segmentsWithAudio": .number, "percentComplete": .number,
                ]
            )
            expect(readiness["missingAudio"], "missingAudio", ["chapterIds": .list, "segmentIds": .list])
            let platforms = try #require(readiness["platforms"] as? [[String: Any]])
            #expect(platforms.compactMap { $0["id"] as? String } == ["apple", "google", "spotify", "acx", "kobo"])
            for platform in platforms {
                expect(
                    platform,
                    "platform",
                    [
                        "id": .text, "name": .text, "enabled": .boolean, "ready": .boolean, "requirements": .list,
                    ]
                )
            }
            let apple = try #require(platforms.first?["requirements"] as? [[String: Any]])
            #expect(
                apple.compactMap { $0["id"] as? String } == [
                    "title", "author", "narrator", "cover", "cover_size", "audio", "chapters", "audio_bitrate",
                    "audio_samplerate", "audio_channels", "file_size",
                ]
            )
            let bitrate = try #require(apple.first { $0["id"] as? String == "audio_bitrate" })
            #expect(bitrate["expected"] as? String == "128k")
            #expect(bitrate["actual"] as? String == "128k")
            let rate = try #require(apple.first { $0["id"] as? String == "audio_samplerate" })
            #expect(rate["expected"] as? Int == 44_100)
            #expect(rate["actual"] as? Int == 44_100)

            let created = try await daemon.json("create", "bursts", "--platform", "google", "--platform", "spotify")
            expect(created, "create", ["jobIds": .object, "message": .text])
            #expect(created["message"] as? String == "Packaging jobs created for 2 platforms")
            let jobs = try #require(created["jobIds"] as? [String: String])
            #expect(jobs.keys.sorted() == ["google", "spotify"])

            let google = try #require(jobs["google"])
            _ = try await daemon.packctl("watch", google)
            _ = try await daemon.packctl("watch", try #require(jobs["spotify"]))
            let job = try await daemon.json("job", google)
            expect(
                job,
                "job",
                [
                    "id": .text, "platformId": .text, "status": .text, "progressPercent": .number, "createdAt": .time,
                    "startedAt": .time, "completedAt": .time, "packageId": .text,
                ]
            )

            let list = try await daemon.json("packages", "bursts")
            expect(list["storageQuota"], "storageQuota", ["used": .number, "limit": .number, "unit": .text])
            let packages = try #require(list["packages"] as? [[String: Any]])
            #expect(packages.count == 2)
            for package in packages {
                expect(
                    package,
                    "package",
                    [
                        "id": .text, "platformId": .text, "format": .text, "version": .number, "storageTier": .text,
                        "fileSizeBytes": .number, "isValidated": .boolean, "createdAt": .time, "expiresAt": .time,
                    ]
                )
            }

            let package = try #require(packages.first { $0["platformId"] as? String == "google" }?["id"] as? String)
            let report = try await daemon.json("validate", package)
            expect(report, "validate", ["valid": .boolean, "issues": .list, "specs": .object])
            let names = [
                "totalDurationSeconds", "sampleRate", "channels", "peakLevel", "averageRMS", "noiseFloor", "fileSizeMB",
            ]
            for name in names { expect(report["specs"], "specs", [name: .number]) }
            expect(report["specs"], "specs", ["audioCodec": .text, "bitrate": .text])
            let issues = try #require(report["issues"] as? [[String: Any]])
            let isbn = try #require(issues.first { $0["category"] as? String == "metadata" })
            expect(isbn, "issue", ["severity": .text, "message": .text, "details": .text, "affectedChapters": .list])

            let manifest = try await daemon.json("manifest", "bursts")
            expect(manifest, "manifest", ["projectId": .text, "slug": .text, "metadata": .object, "chapters": .list])
            let chapter = try #require((manifest["chapters"] as? [[String: Any]])?.first)
            let segments = try #require(chapter["segments"] as? [[String: Any]])
            #expect(segments.count == 10)
            for segment in segments {
                expect(
                    segment,
                    "segment",
                    [
                        "id": .text, "text": .text, "audioSha256": .text, "durationSeconds": .number,
                        "provenance": .text,
                    ]
                )
            }
        }
    }

    private enum Shape {
        case text, number, boolean, list, object, time
    }

    private func expect(_ value: Any?, _ what: String, _ fields: [String: Shape]) {
        guard let object = value as? [String: Any] else {
            Issue.record("\(what) is no object")
            return
        }
        for (name, shape) in fields {
            let field = object[name]
            let fits =
                switch shape {
                case .text: field is String
                case .number: field is Double
                case .boolean: field is Bool
                case .list: field is [Any]
                case .object: field is [String: Any]
                case .time:
                    (field as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z/) != nil
                }
            #expect(fits, "\(what).\(name) is \(field.map { "\($0)" } ?? "missing")")
        }
    }
}
