import CTerminal
import Concurrency
import Descriptors
import Foundation
import Processes
import Synchronization

/// Starts programs for tests.
///
/// Foundation's `Process` may hand a child the descriptor by which it hears of the end of another that is started at the
/// same moment, and then tells of that end when both are gone.
let launcher = Result { try Launcher() }

/// A terminal of the kernel's, with a program in its foreground.
final class PseudoTerminal: Sendable {
    private let child: ChildProcess
    private let master: Descriptor
    private let rows: Int
    private let written: Mutex<Written>

    private struct Written {
        var bytes: [UInt8] = []
        /// Where in `bytes` the window became so wide.
        var widths: [(offset: Int, columns: Int)]
        var isAll = false

        /// Where the last frame ends that has come whole.
        var endOfFrame: Int { bytes.ranges(of: Array("\u{1B}[J".utf8)).last?.upperBound ?? 0 }
    }

    private init(_ child: ChildProcess, _ master: Descriptor, columns: Int, rows: Int) {
        self.child = child
        self.master = master
        self.rows = rows
        written = Mutex(Written(widths: [(0, columns)]))
    }

    /// Starts `program`, a path or the name of one of this build's, in a terminal of `columns` and `rows`.
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
                // setsid makes the terminal the program's own, so that Ctrl-C and a change of size reach it as signals.
                executable: "/usr/bin/setsid",
                arguments: ["--ctty", program.hasPrefix("/") ? program : built(program)] + arguments,
                environment: ["LANG": "C.UTF-8", "TERM": "xterm-256color", "PATH": "/usr/bin:/bin"]
                    .merging(Sanitizer.environment) { $1 }.merging(environment) { $1 },
                descriptors: [(0, terminal), (1, terminal), (2, terminal)],
                // Who leads a group cannot begin a session.
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

    /// Makes the window so wide; the program is told by the kernel.
    ///
    /// A frame of which only a part has come is shown in the new window, as one that is on its way to a terminal.
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

    /// Waits until the screen is as `condition` says, and gives it.
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

    /// Waits for the program's end and gives its exit code.
    func exitCode() async -> Int32 {
        let status = await child.wait()
        // What it wrote last may be on its way to us: the terminal ends when its reader has had all.
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
        // The test runner is the toolchain's; the bundle it was given lies beside our executables.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? "/proc/self/exe"
        return URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent().path + "/" + name
    }
}

/// What was waited for did not happen.
struct NeverShown: Error, CustomStringConvertible {
    var description: String
}
