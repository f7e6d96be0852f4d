// A worker that follows the order in the first line of each file that it is given: well-behaved, broken or hostile. It
// answers MeasureAudio, and RenderChapter without encoding anything, and is not confined.

import Descriptors
import Glibc
import Processes
import Protobuf
import WorkerLink
import WorkerMessages

/// The first line of the file behind `descriptor`.
func firstLine(_ descriptor: Descriptor) -> String {
    var line = ""
    var byte: UInt8 = 0
    while descriptor.withNumber({ unsafe read($0, &byte, 1) }) == 1, byte != UInt8(ascii: "\n") {
        line.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return line
}

func writeRaw(_ bytes: [UInt8], to number: CInt) {
    _ = unsafe write(number, bytes, bytes.count)
}

func waitForever() -> Never {
    while true { pause() }
}

func obey(_ order: String, _ index: Int32, _ file: Descriptor, _ link: WorkerLink) throws(WorkerLinkError) {
    var result = WorkerMeasureResult(index: index, format: "fake", sourceSampleRate: 1, sourceChannels: 1, samples: 1)
    let words = order.split(separator: " ")
    switch words.first {
    case "samples": result.samples = Int64(words[1]) ?? 0
    case "refuse": result.refusal = "it was told to be"
    case "signal": kill(getpid(), CInt(words[1]) ?? 0)
    case "exit": exit(CInt(words[1]) ?? 0)
    case "last-words":
        writeRaw(Array("first line\nlast\u{7} line\n".utf8), to: STDERR_FILENO)
        abort()
    case "flood":
        // Sixteen times the capacity of a pipe.
        for _ in 0..<1024 { writeRaw(Array(repeating: UInt8(ascii: "e"), count: 1024), to: STDERR_FILENO) }
    case "hold":
        // Writes its process number to the file, and waits for a line before it goes on.
        file.withNumber { writeRaw(Array("\(getpid())\n".utf8), to: $0) }
        _ = firstLine(file)
    case "close":
        close(STDIN_FILENO)
        close(STDOUT_FILENO)
        waitForever()
    case "spin": while true {}
    case "raw": writeRaw(words.dropFirst().compactMap { UInt8($0) }, to: STDOUT_FILENO)
    case "wrong-index": result.index += 1
    case "not-a-number": result.energy = .nan
    case "finish-early": return try link.finish()
    case "fail": throw .failed("it was told to")
    case "short": throw .short(ReportedShortage(rawValue: String(words[1])) ?? .memory, "it was told to")
    default: break
    }
    try link.send(result)
}

func measure(_ link: WorkerLink) throws(WorkerLinkError) {
    while let input = try link.receive(WorkerMeasureInput.self) {
        let file = try link.takeDescriptor()
        try obey(firstLine(file), input.index, file, link)
    }
}

/// Takes the segments of a chapter, and then says that it cannot render them. In a file, "signal 11" and "exit 3" end the
/// worker while it renders and while it measures; "render-signal 11" only while it renders.
func render(_ link: WorkerLink) throws(WorkerLinkError) {
    guard case .task(let task)? = try link.receive(WorkerRenderInput.self)?.item else { return }
    for _ in task.outputs { _ = try link.takeDescriptor() }
    for done in 0..<task.segments {
        guard case .segment? = try link.receive(WorkerRenderInput.self)?.item else { return }
        let words = firstLine(try link.takeDescriptor()).split(separator: " ")
        switch words.first {
        case "signal", "render-signal": kill(getpid(), CInt(words[1]) ?? 0)
        case "exit": exit(CInt(words[1]) ?? 0)
        case "short": throw .short(ReportedShortage(rawValue: String(words[1])) ?? .memory, "it was told to")
        default: break
        }
        try link.send(
            WorkerRenderUpdate(
                item: .progress(WorkerRenderProgress(segmentsDone: done + 1, samplesDone: Int64(done + 1)))
            )
        )
    }
    throw .failed("it renders nothing")
}

do throws(WorkerLinkError) {
    let link = WorkerLink(Descriptor(owning: STDIN_FILENO))
    guard let method = try link.accept(serviceOf: WorkerMethods.measureAudio) else { exit(0) }
    do throws(WorkerLinkError) {
        if method == WorkerMethods.renderChapter.name { try render(link) } else { try measure(link) }
        try link.finish()
    } catch .failed(let reason) {
        try link.refuse(reason)
    } catch .short(let shortage, let reason) {
        try link.refuse(reason, shortage)
    }
} catch {
    exit(1)
}
