import Concurrency
import Descriptors
import Foundation
import Glibc
import Processes

/// The path of a test program, which is built beside the tests' own bundle.
func testProgram(_ name: String) -> String {
    Bundle(for: BundleMarker.self).bundleURL.appending(path: name).path
}

private final class BundleMarker {}

extension Launcher {
    /// Runs a shell script to its end.
    ///
    /// - Returns: How it ended, and what it wrote to its standard output.
    func runShell(
        _ script: String,
        _ change: (inout ChildSpecification) -> Void = { _ in }
    ) async throws -> (status: ExitStatus, output: String) {
        var child = ChildSpecification(executable: "/bin/sh", arguments: ["-c", script])
        change(&child)
        return try await run(child)
    }

    /// Runs `specification` to its end.
    ///
    /// - Returns: How it ended, and what it wrote to its standard output.
    func run(_ specification: ChildSpecification) async throws -> (status: ExitStatus, output: String) {
        let output: Descriptor
        let child: ChildProcess
        do {
            let pipe = try Descriptor.pipe()
            output = pipe.read
            var specification = specification
            specification.descriptors.append((child: 1, parent: pipe.write))
            if specification.executable == testProgram("process-probe") {
                specification.environment.merge(Sanitizer.environment) { own, _ in own }
            }
            child = try await launch(specification)
        }
        let text = try await output.text()
        return (await child.wait(), text)
    }
}

extension Descriptor {
    /// The text that can be read now. Waits for the first byte.
    func readSome() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = withNumber { unsafe read($0, &buffer, buffer.count) }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// Writes `text`, which is short. Returns whether all of it was written.
    func writeSome(_ text: String) -> Bool {
        withNumber { unsafe write($0, text, text.utf8.count) } == text.utf8.count
    }

    /// Everything up to the end of the input, as text.
    func text() async throws -> String {
        try await BlockingThread.run(named: "read") { String(decoding: self.readTail(limit: 1 << 20), as: UTF8.self) }
    }
}
