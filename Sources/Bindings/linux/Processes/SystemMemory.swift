internal import Descriptors
internal import Glibc

/// How much memory this machine, or the control group of this process, has left.
package enum SystemMemory {
    /// Bytes that new processes can use before anything is killed or swapped out; nil if the system does not tell.
    package static func available() -> UInt64? {
        available(reading: smallFile)
    }

    /// The smallest of: what the kernel says is available, and what each control group above this process (version 2)
    /// may still use.
    ///
    /// - Parameter read: The text of a file; nil if it cannot be read. A missing file means that the number is unknown.
    static func available(reading read: (String) -> String?) -> UInt64? {
        var rooms: [UInt64] = []
        if let available = read("/proc/meminfo").flatMap({ number("MemAvailable:", in: $0) }) {
            rooms.append(available * 1024)
        }
        // The line of version 2 is "0::/path". The path is that of the group as this process sees the tree.
        let groups = read("/proc/self/cgroup") ?? ""
        let line = groups.split(whereSeparator: \.isNewline).first { $0.hasPrefix("0::/") }
        var path = line.map { $0.dropFirst(3).split(separator: "/") } ?? []
        while line != nil {
            if let room = room(ofGroup: (["/sys/fs/cgroup"] + path.map(String.init)).joined(separator: "/"), read) {
                rooms.append(room)
            }
            guard path.popLast() != nil else { break }
        }
        return rooms.min()
    }

    /// What a control group may still use; nil if it has no limit.
    private static func room(ofGroup folder: String, _ read: (String) -> String?) -> UInt64? {
        // Beyond "high" the kernel slows processes down, beyond "max" it kills.
        let limits = ["memory.max", "memory.high"].compactMap { read("\(folder)/\($0)").flatMap(whole) }
        guard let limit = limits.min(), let used = read("\(folder)/memory.current").flatMap(whole) else { return nil }
        // The cache of files counts as used, and is given up when the memory is needed.
        let statistics = read("\(folder)/memory.stat") ?? ""
        let cache = ["inactive_file", "active_file"].compactMap { number($0, in: statistics) }.reduce(0, &+)
        let kept = used > cache ? used - cache : 0
        return limit > kept ? limit - kept : 0
    }

    /// The number in a file that holds nothing else; nil for "max".
    private static func whole(_ text: String) -> UInt64? {
        text.split(whereSeparator: \.isWhitespace).first.flatMap { UInt64($0) }
    }

    /// The number that follows `name` in a file with one name on each line.
    private static func number(_ name: String, in text: String) -> UInt64? {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if words.count > 1, words[0] == name { return UInt64(words[1]) }
        }
        return nil
    }
}

/// The text of a file of the kernel, of which the last 64 KiB are kept; nil if it cannot be read.
func smallFile(_ path: String) -> String? {
    guard let file = try? Descriptor.open(path, O_RDONLY) else { return nil }
    return String(decoding: file.readTail(limit: 1 << 16), as: UTF8.self)
}
