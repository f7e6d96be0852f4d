import Files
import Glibc

/// The processes of a server whose first process was killed. They end by themselves when they notice it, unless they are
/// stopped or in a long computation. Until they have ended, no other server can use the data folder.
enum Orphans {
    /// The processes that a server on `dataFolder` left behind. Call it only while no server runs there.
    static func processes(of dataFolder: String) -> [Int32] {
        guard let data = identity(of: dataFolder) else { return [] }
        let numbers = ((try? FileTree.names(in: "/proc")) ?? []).compactMap { Int32($0) }
        // A server and its children work in the data folder. The children have a title in place of arguments, so that a
        // single-user server of an operator is not among them.
        return numbers.filter { pid in
            ServerFiles.commandLine(of: pid).first?.hasPrefix("postgres: ") == true && workFolder(of: pid) == data
        }
    }

    /// Whether the living process `pid` is a server on `dataFolder` or belongs to one; nil if that cannot be told.
    static func isServer(_ pid: Int32, on dataFolder: String) -> Bool? {
        guard let data = identity(of: dataFolder), let folder = workFolder(of: pid) else { return nil }
        return folder == data
    }

    private static func workFolder(of pid: Int32) -> Identity? { identity(of: "/proc/\(pid)/cwd") }

    private struct Identity: Equatable {
        let device: UInt
        let number: UInt
    }

    private static func identity(of path: String) -> Identity? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt(status.st_dev), number: UInt(status.st_ino))
    }
}
