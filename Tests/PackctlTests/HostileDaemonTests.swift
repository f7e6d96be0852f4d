import Foundation
import PackagingClient
import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("A daemon that lies")
struct HostileDaemonTests {
    private let bytes = (0..<4500).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    @Test("the name of a platform cannot lead out of the folder, nor command the terminal")
    func platformName() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.packages = [Package(id: "k1", platformID: "../evil\u{9B}31m\u{202E}", format: "m4b", current: true)]
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "--all", "p", "-o", folder + "/in", "--address", $0)
            }
            #expect(outcome.out == "\(folder)/in/-evil-31m-.m4b  4 kB\n", "\(outcome.err)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["in"])
        }
    }

    @Test("a download that sends more than it announced is refused, and leaves no file")
    func tooMuch() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.announcedBytes = 1500
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "k1", "-o", folder + "/a.zip", "--address", $0)
            }
            #expect(outcome.status == .failed)
            #expect(outcome.err.contains("more came than the 1500 bytes that were announced"), "\(outcome.err)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test("sizes, shares and times that are none are shown as such", arguments: [Double.nan, .infinity, -1, 1e300])
    func numbers(number: Double) {
        #expect(Quantities.size(megabytes: number) == "?")
        #expect(Quantities.length(seconds: number) == "?")
        let quota = StorageQuota(used: number, limit: 1, unit: "MB")
        let lines = PackagesCommand.lines([Package(id: "k")], quota: quota, time: TimeText())
        #expect(lines.last == "storage: ? of 1.0 MB used")
        let specs = MeasuredSpecs(fileSizeMB: number, totalDurationSeconds: number, audioCodec: "mp3")
        #expect(ValidateCommand.lines(ValidationReport(specs: specs)).contains { $0.hasSuffix("?, ?") })
    }

    @Test("a share of nothing, and times at the ends of all time, stop nothing")
    func extremes() {
        #expect(Quantities.share(1, of: 0) == nil)
        #expect(Quantities.share(.max, of: 1) == "more than 9999%")
        #expect(Quantities.share(1, of: 3) == "34%")
        for seconds in [Int64.min, .max] {
            let date = ProtoTimestamp(seconds: seconds, nanos: 0).date
            #expect(TimeText().left(until: date) == nil)
            #expect(!TimeText().relative(date).isEmpty)
        }
    }
}
