import CTerminal
import Foundation
import Synchronization

/// A terminal of the kernel's, with a program in its foreground.
final class PseudoTerminal: @unchecked Sendable {
    // Foundation's Process is not Sendable: only `init` configures it, all else calls what it documents as thread-safe.
    private let process = Process()
    private let master: Int32
    private let rows: Int
    private let written = Mutex(Written())
    private let ended: AsyncStream<Void>

    private struct Written {
        var bytes: [UInt8] = []
        /// Where in `bytes` the window became so wide.
        var widths: [(offset: Int, columns: Int)] = []
        var isAll = false
    }

    /// Starts `program`, a path or the name of one of this build's, in a terminal of `columns` and `rows`.
    init(
        _ arguments: [String],
        of program: String = "packctl",
        columns: Int = 80,
        rows: Int = 24,
        environment: [String: String] = [:]
    ) throws {
        var inner: Int32 = -1
        master = unsafe terminal_open(&inner)
        guard master >= 0 else { throw POSIXError(.ENOTTY) }
        let terminal = FileHandle(fileDescriptor: inner, closeOnDealloc: true)
        self.rows = rows
        written.withLock { $0.widths = [(0, columns)] }
        terminal_resize(master, UInt16(columns), UInt16(rows))
        // setsid makes the terminal the program's own, so that Ctrl-C and a change of size reach it as signals.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        process.arguments = ["--ctty", "--wait", program.hasPrefix("/") ? program : Self.built(program)] + arguments
        process.environment = ["LANG": "C.UTF-8", "TERM": "xterm-256color", "PATH": "/usr/bin:/bin"]
            .merging(environment) { $1 }
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = terminal
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        ended = stream
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        try terminal.close()
        Thread { [self] in read() }.start()
    }

    deinit {
        if process.isRunning { process.terminate() }
        close(master)
    }

    /// Everything that was written.
    var text: String { String(decoding: written.withLock { $0.bytes }, as: UTF8.self) }

    /// What a user sees.
    var screen: Screen {
        written.withLock { written in
            var screen = Screen(columns: written.widths[0].columns, rows: rows)
            for (index, width) in written.widths.enumerated() {
                let end = index + 1 < written.widths.count ? written.widths[index + 1].offset : written.bytes.count
                screen.resize(columns: width.columns)
                screen.show(String(decoding: written.bytes[width.offset..<end], as: UTF8.self))
            }
            return screen
        }
    }

    /// Makes the window so wide; the program is told by the kernel.
    func resize(columns: Int) {
        written.withLock { written in
            written.widths.append((written.bytes.count, columns))
            terminal_resize(master, UInt16(columns), UInt16(rows))
        }
    }

    /// Types `keys`; "\u{3}" is Ctrl-C.
    func type(_ keys: String) {
        _ = unsafe Array(keys.utf8).withUnsafeBytes { unsafe write(master, $0.baseAddress, $0.count) }
    }

    /// Waits until the screen is as `condition` says.
    func wait(until condition: @escaping @Sendable (Screen) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !condition(screen) {
            guard ContinuousClock.now < deadline, process.isRunning else {
                throw NeverShown(description: "the screen never was as expected:\n\(screen.text)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits for the program's end and gives its exit code.
    func exitCode() async -> Int32 {
        for await _ in ended {}
        // What it wrote last may be on its way to us: the terminal ends when its reader has had all.
        while !written.withLock({ $0.isAll }) { try? await Task.sleep(for: .milliseconds(5)) }
        return process.terminationStatus
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(master, $0.baseAddress, $0.count) }
            if count > 0 {
                let bytes = buffer[..<count]
                written.withLock { $0.bytes += bytes }
            } else if count == 0 || errno != EINTR {
                return written.withLock { $0.isAll = true }
            }
        }
    }

    /// One of this build's executables.
    static func built(_ name: String) -> String {
        // The test runner is the toolchain's; the bundle it was given lies beside our executables.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? "/proc/self/exe"
        return URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent().path + "/" + name
    }
}

/// What was waited for did not happen.
struct NeverShown: Error, CustomStringConvertible {
    var description: String
}
