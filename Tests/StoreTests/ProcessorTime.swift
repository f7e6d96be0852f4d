import Foundation
import Testing

/// The CPU time that a process has used, in the process itself and in the kernel for it, in the kernel's ticks.
///
/// Unlike the time on the clock it does not grow while other processes run.
func processorTicks(of process: Int) throws -> Int {
    let line = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // The name is in brackets and may contain anything. After it, the times are numbers 12 and 13.
    let fields = line[try #require(line.lastIndex(of: ")"))...].split(separator: " ")
    return try #require(Int(fields[12])) + #require(Int(fields[13]))
}
