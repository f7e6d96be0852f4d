import Foundation
import Logging
import Model
import Synchronization
import TestSupport
import Testing

@testable import packagingd

@Suite("Reading the configuration again")
struct ReloadTests {
    /// A part of a daemon that applies new values, or refuses them.
    private final class Part: Reloadable {
        let settings: [Setting]
        let refuses: Bool
        private let count = Mutex(0)

        init(_ settings: [Setting] = [], refuses: Bool = false) {
            self.settings = settings
            self.refuses = refuses
        }

        var calls: Int { count.withLock { $0 } }

        func reload(_ configuration: DaemonConfiguration) async throws(PackagingError) {
            count.withLock { $0 += 1 }
            if refuses { throw PackagingError(.failedPrecondition, "the key does not fit the certificate") }
        }
    }

    private func withReloader(
        _ text: String,
        flags: [String] = [],
        parts: [any Reloadable],
        _ body: (ConfigurationBench, inout ConfigurationReloader, LogRecorder) async throws -> Void
    ) async throws {
        let folder = TemporaryFolder("reload")
        defer { folder.remove() }
        var bench = ConfigurationBench(folder)
        bench.flags = flags
        try bench.write(text)
        let recorder = LogRecorder()
        var reloader = ConfigurationReloader(
            sources: try bench.sources(),
            running: try bench.load(),
            parts: parts,
            logger: Logger(label: "packagingd") { _ in recorder }
        )
        try await body(bench, &reloader, recorder)
    }

    private func lines(_ recorder: LogRecorder) -> [String] {
        recorder.lines.map { line in
            let setting = line.metadata["setting"].map { " \($0)" } ?? ""
            let change = line.metadata["before"].map { " \($0)→\(line.metadata["after"] ?? "")" } ?? ""
            return line.message + setting + change
        }
    }

    @Test("reloading applies what it can, names each time what needs a restart, and logs each change")
    func applies() async throws {
        let level = LogLevel(.info)
        try await withReloader("log-level: info\nworkers: 2\n", parts: [level]) { bench, reloader, recorder in
            try bench.write("log-level: debug\nworkers: 3\nlog-format: json\n")
            await reloader.reload()
            #expect(level.current == .debug)
            let waiting = [
                "setting changed, and needs a restart workers 2→3",
                "setting changed, and needs a restart log-format text→json",
            ]
            #expect(
                lines(recorder) == ["setting changed and applied log-level info→debug"] + waiting
                    + ["configuration reloaded"]
            )
            #expect(recorder.lines[0].metadata["by"] == "\(bench.path):1")

            await reloader.reload()
            #expect(lines(recorder).dropFirst(4) == waiting[...] + ["configuration reloaded"])

            try bench.write("log-level: debug\nworkers: 2\n")
            await reloader.reload()
            #expect(lines(recorder).dropFirst(7) == ["configuration reloaded"])
        }
    }

    @Test("a setting that is removed from the file gets its default again")
    func removed() async throws {
        let level = LogLevel(.debug)
        try await withReloader("log-level: debug\n", parts: [level]) { bench, reloader, recorder in
            try bench.write("")
            await reloader.reload()
            #expect(level.current == .info)
            #expect(recorder.lines[0].metadata["by"] == "default")
        }
    }

    @Test("mistakes are logged one by one and nothing is applied, until the file is read without mistakes")
    func mistakes() async throws {
        let (level, part) = (LogLevel(.info), Part())
        try await withReloader("log-level: info\n", parts: [level, part]) { bench, reloader, recorder in
            try bench.write("log-level: debug\nworkers: 0\nwokers: 1\n")
            await reloader.reload()
            #expect(level.current == .info)
            #expect(part.calls == 0)
            #expect(recorder.lines.map(\.level) == [.error, .error, .error])
            #expect(recorder.lines[0].metadata["problem"] == "\(bench.path):2: workers: 0 is not between 1 and 1024")
            #expect(recorder.lines[1].metadata["problem"]?.description.contains(":3: wokers: ") == true)
            #expect(recorder.lines[2].message == "configuration not reloaded: the daemon goes on with what it has")

            try FileManager.default.removeItem(atPath: bench.path)
            await reloader.reload()
            #expect(recorder.lines[3].metadata["problem"]?.description.contains("No such file") == true)

            try bench.write("log-level: debug\n")
            await reloader.reload()
            #expect(level.current == .debug)
            #expect(part.calls == 1)
        }
    }

    @Test("every part is called even if nothing has changed, and a part that refuses does not hinder the others")
    func refuses() async throws {
        let (refusing, level) = (Part([.workers], refuses: true), LogLevel(.info))
        try await withReloader("log-level: info\n", parts: [refusing, level]) { bench, reloader, recorder in
            await reloader.reload()
            #expect(refusing.calls == 1)
            try bench.write("log-level: error\n")
            await reloader.reload()
            #expect(refusing.calls == 2)
            #expect(level.current == .error)
            let refusals = recorder.lines.filter { $0.message.hasPrefix("settings not applied") }
            #expect(refusals.map { $0.metadata["error"] }.contains("the key does not fit the certificate"))
            #expect(refusals.count == 2)
        }
    }

    @Test("after a reload, too, a flag wins over the file")
    func flag() async throws {
        let level = LogLevel(.warning)
        try await withReloader("", flags: ["--log-level", "warning"], parts: [level]) { bench, reloader, _ in
            try bench.write("log-level: debug\n")
            await reloader.reload()
            #expect(level.current == .warning)
        }
    }

    @Test("the level changes for every logger, except for one with a level of its own")
    func everyLogger() {
        let level = LogLevel(.info)
        let loggers = ["a", "b"].map { label in
            Logger(label: label) { LineLogHandler(label: $0, level: level, limit: RepeatLimit { _ in }) }
        }
        var own = loggers[0]
        own.logLevel = .error
        for new in [Logger.Level.debug, .warning, .error, .notice, .info] {
            level.current = new
            #expect(loggers.map(\.logLevel) == [new, new])
            #expect(own.logLevel == .error)
        }
    }

    @Test("the settings that are marked as reloadable are those that the parts of a daemon apply")
    func table() {
        #expect(LogLevel(.info).settings.map(\.name) == Setting.all.filter(\.isReloadable).map(\.name))
    }
}
