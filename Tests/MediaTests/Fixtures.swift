import Descriptors
import Foundation
import Glibc
import Media

/// Audio files made by the usual programs of the field, in a folder that is removed after the test.
struct Fixtures {
    /// Where the bursts of ``burstExpression`` begin, in seconds.
    static let bursts = [0.3, 0.9, 1.7, 2.4]
    static let seconds = 3
    /// Samples of the master at 44,100 Hz.
    static let samples = 132_300

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("media-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Runs `body` with a folder of its own.
    static func with<R>(_ body: (Fixtures) throws -> R) throws -> R {
        let fixtures = try Fixtures()
        defer { try? FileManager.default.removeItem(at: fixtures.folder) }
        return try body(fixtures)
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Three seconds of silence with a 1 kHz burst of 50 ms at each of ``bursts``.
    static var burstExpression: String {
        let gates = bursts.map { "between(t,\($0),\($0 + 0.05))" }.joined(separator: "+")
        return "aevalsrc='0.6*sin(2*PI*1000*t)*(\(gates))':s=48000:d=\(seconds)"
    }

    /// The master as WAV at 44,100 Hz mono.
    func master() throws -> String {
        try ffmpeg(["-f", "lavfi", "-i", Fixtures.burstExpression, "-ar", "44100", "-c:a", "pcm_s16le"], "master.wav")
    }

    /// The master coded by ffmpeg with `options`.
    @discardableResult
    func coded(_ name: String, _ options: [String]) throws -> String {
        try ffmpeg(["-i", try master()] + options, name)
    }

    @discardableResult
    func ffmpeg(_ arguments: [String], _ name: String) throws -> String {
        try Fixtures.run("ffmpeg", ["-v", "error", "-y"] + arguments + [path(name)])
        return path(name)
    }

    /// Runs a program to its end and gives back what it wrote to standard output.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], input: String? = nil) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) }
            ?? FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ProgramFailed(program: program, arguments: arguments, status: process.terminationStatus)
        }
        return data
    }

    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, _ name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
}

struct ProgramFailed: Error {
    let program: String
    let arguments: [String]
    let status: Int32
}

/// The opened file at `path`.
func openFile(_ path: String, flags: CInt = O_RDONLY) throws -> Descriptor {
    let number = unsafe open(path, flags, 0o600)
    guard number >= 0 else { throw CocoaError(.fileNoSuchFile) }
    return Descriptor(owning: number)
}

func measurement(of path: String) throws -> Media.Measurement {
    try measure(descriptor: openFile(path))
}

/// The reason why `path` is refused, or nil if it is accepted.
func refusal(of path: String) throws -> MediaError? {
    do {
        _ = try measurement(of: path)
        return nil
    } catch let error as MediaError { return error }
}

/// Everything `path` decodes to.
func decoded(_ path: String) throws -> [Float] {
    var source = try AudioSource.open(descriptor: openFile(path))
    var samples: [Float] = []
    _ = try source.decode { piece in for index in piece.indices { samples.append(piece[index]) } }
    return samples
}

/// The samples at which the sound rises above half of its peak after at least 100 ms below it.
func onsets(_ samples: [Float]) -> [Int] {
    let threshold = (samples.map(abs).max() ?? 0) / 2
    var onsets: [Int] = []
    var quiet = 4410
    for (index, sample) in samples.enumerated() {
        if abs(sample) < threshold {
            quiet += 1
        } else {
            if quiet >= 4410 { onsets.append(index) }
            quiet = 0
        }
    }
    return onsets
}
