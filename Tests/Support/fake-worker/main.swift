// A worker that follows the order in the first line of each file that it is given: well-behaved, broken or hostile. It
// answers only MeasureAudio, and is not confined.

import Descriptors
import Glibc
import Processes
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
    default: break
    }
    try link.send(result)
}

do throws(WorkerLinkError) {
    let link = WorkerLink(Descriptor(owning: STDIN_FILENO))
    guard try link.accept(serviceOf: WorkerMethods.measureAudio) != nil else { exit(0) }
    do throws(WorkerLinkError) {
        while let input = try link.receive(WorkerMeasureInput.self) {
            let file = try link.takeDescriptor()
            try obey(firstLine(file), input.index, file, link)
        }
        try link.finish()
    } catch .failed(let reason) {
        try link.refuse(reason)
    }
} catch {
    exit(1)
}
