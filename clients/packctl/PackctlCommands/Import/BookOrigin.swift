internal import Crypto
internal import Foundation

/// The word by which the daemon recognises where a book comes from: a digest of this machine and the folder's path, so
/// that it tells neither. The Python client computes the same.
enum BookOrigin {
    /// The origin of the book in `folder`, a path with every symbolic link followed.
    static func of(folder: String) -> String {
        of(folder: folder, machine: machine())
    }

    /// The origin on a machine that has this name.
    static func of(folder: String, machine: String) -> String {
        FileDigest.hexadecimal(SHA256.hash(data: Data("book folder\0\(machine)\0\(folder)".utf8)))
    }

    /// The machine's own id, or its host name where it has none, as in many containers.
    private static func machine() -> String {
        for path in ["/etc/machine-id", "/proc/sys/kernel/hostname"] {
            let text = (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingWhitespace() ?? ""
            if !text.isEmpty { return text }
        }
        return ""
    }
}
