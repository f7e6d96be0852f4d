import Foundation
import Glibc
import Model

/// Knows the workers of several daemons, each of which runs from a folder of its own: when they started, which live, and
/// whether a worker started while one of another daemon lived.
///
/// The folder of a daemon holds a copy of `packagingd`, and a script in the place of the worker. The script notes its
/// process and asks the kernel which of the noted processes live, all under one lock, and then becomes the real worker. So
/// of two workers that live at the same time, the one that starts later always finds the other.
///
/// Notes are names of folders, because a worker may write no files, and its script inherits that limit.
struct WorkerWatch: Sendable {
    /// One worker process. Its number alone may be used again after its end.
    struct Worker: Sendable, Hashable {
        var daemon: String
        var pid: pid_t
        var begun: String
        /// Seconds since the machine was started.
        var start: Double
    }

    private let folder: String

    /// A watch that keeps its files in `folder`, which exists.
    init(in folder: String) throws {
        self.folder = folder + "/watch"
        for name in ["workers", "meetings"] {
            try FileManager.default.createDirectory(
                atPath: self.folder + "/" + name,
                withIntermediateDirectories: true
            )
        }
    }

    /// Makes the folder of the daemon `name`, and returns the program to start.
    func program(of name: String) async throws -> String {
        let place = folder + "/" + name
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        // A symbolic link would not do: the daemon looks for its worker where the file itself is.
        try await Program.install(Program.built("packagingd"), as: place + "/packagingd")
        let script = """
            #!/bin/sh
            # Sets "begun" if the process lives: a process that has ended and is not reaped yet is a Z.
            begun_of() {
                read -r stat 2>/dev/null < "/proc/$1/stat" || return 1
                set -- ${stat##*) }
                case $1 in Z | X) return 1 ;; esac
                begun=${20}
            }
            exec 8>>\(folder)/lock
            /usr/bin/flock 8
            read -r uptime _ < /proc/uptime
            for note in \(folder)/workers/*; do
                note=${note##*/} name=${note%%_*} rest=${note#*_}
                pid=${rest%%_*} rest=${rest#*_}
                if [ "$name" != \(name) ] && begun_of "$pid" && [ "$begun" = "${rest%%_*}" ]; then
                    mkdir "\(folder)/meetings/\(name)_$$_${name}_${pid}_$uptime"
                fi
            done
            begun_of $$
            mkdir "\(folder)/workers/\(name)_$$_${begun}_$uptime"
            exec 8>&-
            exec \(Program.built("packaging-worker")) "$@"

            """
        try Data(script.utf8).write(to: URL(fileURLWithPath: place + "/worker.sh"))
        try await Program.install(place + "/worker.sh", as: place + "/packaging-worker")
        return place + "/packagingd"
    }

    /// The workers that were started so far.
    var workers: [Worker] {
        notes("workers").compactMap { note in
            guard note.count == 4, let pid = pid_t(note[1]), let start = Double(note[3]) else { return nil }
            return Worker(daemon: note[0], pid: pid, begun: note[2], start: start)
        }.sorted { $0.start < $1.start }
    }

    /// The workers that live.
    var living: [Worker] { workers.filter(Self.lives) }

    /// A note for each time that a worker started while one of another daemon lived.
    var meetings: [String] { notes("meetings").map { $0.joined(separator: " ") } }

    private func notes(_ kind: String) -> [[String]] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + kind)) ?? []
        return names.map { $0.split(separator: "_").map(String.init) }
    }

    private static func lives(_ worker: Worker) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(worker.pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return false }
        let fields = text[end...].dropFirst(2).split(separator: " ")
        return fields.count > 19 && fields[19] == worker.begun && !"ZX".contains(fields[0])
    }

    /// Returns the name of the daemon whose worker lives, as soon as there is one.
    func holder() async throws -> String {
        try await within(.seconds(600), "the start of a worker") {
            while true {
                if let worker = living.last { return worker.daemon }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Returns when no worker of the daemon lives any more; gives that moment.
    func end(ofWorkersOf daemon: String) async throws -> Instant {
        try await within(.seconds(600), "the end of the workers of \(daemon)") {
            while living.contains(where: { $0.daemon == daemon }) { try await Task.sleep(for: .milliseconds(5)) }
            return .now
        }
    }
}

extension Instant {
    /// What the clock of this machine shows.
    static var now: Instant {
        Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }
}
