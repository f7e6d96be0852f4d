import CTerminal
import Concurrency
import Descriptors
import Foundation
import Processes
import Synchronization

/// Starts programs for tests.
///
/// Foundation's `Process` may pass a child the descriptor that reports the end of another child started at the same
/// moment. That end is then reported only when both have ended.
let launcher = Result { try Launcher() }

/// A pseudo-terminal of the kernel, with a program in its foreground.
final class PseudoTerminal: Sendable {
    private let child: ChildProcess
    private let master: Descriptor
    private let rows: Int
    private let written: Mutex<Written>

    private struct Written {
        var bytes: [UInt8] = []
        /// The offsets in `bytes` at which the window got another width.
        var widths: [(offset: Int, columns: Int)]
        var isAll = false

        /// The end of the last frame that has arrived as a whole.
        var endOfFrame: Int { bytes.ranges(of: Array("\u{1B}[J".utf8)).last?.upperBound ?? 0 }
    }

    private init(_ child: ChildProcess, _ master: Descriptor, columns: Int, rows: Int) {
        self.child = child
        self.master = master
        self.rows = rows
        written = Mutex(Written(widths: [(0, columns)]))
    }

    /// Starts `program`, a path or the name of a program of this build, in a terminal of `columns` and `rows`.
    static func start(
        _ arguments: [String],
        of program: String = "packctl",
        columns: Int = 80,
        rows: Int = 24,
        environment: [String: String] = [:]
    ) async throws -> PseudoTerminal {
        var inner: Int32 = -1
        let outer = unsafe terminal_open(&inner)
        guard outer >= 0 else { throw POSIXError(.ENOTTY) }
        let master = Descriptor(owning: outer)
        let terminal = Descriptor(owning: inner)
        _ = master.withNumber { terminal_resize($0, UInt16(columns), UInt16(rows)) }
        let child = try await launcher.get().launch(
            ChildSpecification(
                // setsid makes the terminal the controlling one, so that Ctrl-C and a change of size reach the program
                // as signals.
                executable: "/usr/bin/setsid",
                arguments: ["--ctty", program.hasPrefix("/") ? program : built(program)] + arguments,
                environment: ["LANG": "C.UTF-8", "TERM": "xterm-256color", "PATH": "/usr/bin:/bin"]
                    .merging(Sanitizer.environment) { $1 }.merging(environment) { $1 },
                descriptors: [(0, terminal), (1, terminal), (2, terminal)],
                // The leader of a process group cannot begin a session.
                ownProcessGroup: false
            )
        )
        let running = PseudoTerminal(child, master, columns: columns, rows: rows)
        Thread { running.read() }.start()
        return running
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

    /// Sets the width of the window. The kernel tells the program.
    ///
    /// A frame that has arrived only in part is shown in the new window, as a terminal would show it.
    func resize(columns: Int) {
        written.withLock { written in
            written.widths.append((written.endOfFrame, columns))
            _ = master.withNumber { terminal_resize($0, UInt16(columns), UInt16(rows)) }
        }
    }

    /// Types `keys`; "\u{3}" is Ctrl-C.
    func type(_ keys: String) {
        _ = master.withNumber { unsafe write($0, keys, keys.utf8.count) }
    }

    /// Waits until `condition` holds for the screen, and returns the screen.
    @discardableResult
    func wait(until condition: (Screen) -> Bool) async throws -> Screen {
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            let isAll = written.withLock { $0.isAll }
            let screen = screen
            if condition(screen) { return screen }
            guard ContinuousClock.now < deadline, !isAll else {
                child.signal(SIGKILL)
                throw NeverShown(description: "the screen never was as expected:\n\(screen.text)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits for the program's end and returns its exit code.
    func exitCode() async -> Int32 {
        let status = await child.wait()
        // The last output may still be on its way: the terminal ends when the reader has read everything.
        while !written.withLock({ $0.isAll }) { try? await Task.sleep(for: .milliseconds(5)) }
        return switch status {
        case .exited(let code): code
        case .signalled(let signal): -signal
        }
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = master.withNumber { unsafe Glibc.read($0, &buffer, buffer.count) }
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
        // The test runner belongs to the toolchain; the bundle that it was given lies beside our executables.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? "/proc/self/exe"
        return URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent().path + "/" + name
    }
}

/// A screen that a test waited for was never shown.
struct NeverShown: Error, CustomStringConvertible {
    var description: String
}
