internal import Descriptors
internal import Glibc
package import Processes

extension EspeakNG {
    /// The engine of this machine; nil if it is not installed.
    ///
    /// - Throws: `ProcessError` if it is installed but cannot be run.
    package static func installed(launcher: Launcher) async throws -> EspeakNG? {
        try await installed(launcher: launcher, clock: ContinuousClock())
    }

    /// The engine of this machine; `clock` measures the time limits of speaking.
    static func installed(launcher: Launcher, clock: any Clock<Duration>) async throws -> EspeakNG? {
        let paths = ["/usr/bin/espeak-ng", "/usr/local/bin/espeak-ng", "/bin/espeak-ng"]
        guard let executable = paths.first(where: { unsafe access($0, X_OK) == 0 }) else { return nil }
        // "eSpeak NG text-to-speech: 1.51  Data at: …"
        let version = try await output(of: executable, "--version", launcher)
            .split(separator: " ").first { $0.first?.isNumber ?? false }
        let voices = EspeakVoices(
            list: try await output(of: executable, "--voices", launcher),
            variants: try await output(of: executable, "--voices=variant", launcher)
        )
        return EspeakNG(
            executable: executable,
            version: version.map(String.init) ?? "of unknown version",
            voices: voices,
            launcher: launcher,
            clock: clock
        )
    }

    private static func output(
        of executable: String,
        _ argument: String,
        _ launcher: Launcher
    ) async throws -> String {
        let output = try await started(executable, argument, launcher)
        let bytes = try await BlockingThread.run(named: "speech") { output.readTail(limit: 1 << 16) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Starts the program and returns the reading end of the pipe that it writes to. Only the program holds the other
    /// end.
    private static func started(
        _ executable: String,
        _ argument: String,
        _ launcher: Launcher
    ) async throws(ProcessError) -> Descriptor {
        let (read, write) = try Descriptor.pipe()
        _ = try await launcher.launch(
            ChildSpecification(
                executable: executable,
                arguments: [argument],
                descriptors: [(child: STDOUT_FILENO, parent: write)],
                workingDirectory: "/",
                limits: [.addressSpace: 512 << 20, .cpuSeconds: 10, .core: 0]
            )
        )
        return read
    }
}
