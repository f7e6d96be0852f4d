import Files
import Glibc

/// Reads files that contain a secret and nothing else.
enum SecretFile {
    /// The most bytes of such a file: far more than any password has.
    private static let limit = 4096

    /// The secret in the file at `path`, without the line break at its end.
    ///
    /// - Throws: ``SettingFault`` if the file cannot be read, if other users can read or write it, or if it contains no
    ///   secret. The reason never quotes the contents.
    static func read(_ path: String) throws(SettingFault) -> String {
        let file: SmallFile
        do {
            file = try SmallFile.read(path, limit: limit)
        } catch {
            switch error.errorNumber {
            case EISDIR: throw SettingFault("\"\(path)\" is a folder; expected a file with the secret")
            case EINVAL: throw SettingFault("\"\(path)\" is not a file")
            case EFBIG: throw SettingFault("\"\(path)\" is larger than \(limit) bytes; expected the secret alone")
            default: throw SettingFault(error.description)
            }
        }
        try checkAccess(path, owner: file.owner, permissions: file.permissions, user: geteuid())
        guard var secret = String(validating: file.bytes, as: UTF8.self) else {
            throw SettingFault("\"\(path)\" is not text in UTF-8")
        }
        // In Swift, CR LF is one character.
        if secret.last?.isNewline == true { secret.removeLast() }
        guard !secret.isEmpty else { throw SettingFault("\"\(path)\" is empty; expected the secret") }
        guard !secret.contains(where: { $0.isNewline || $0 == "\0" }) else {
            throw SettingFault("\"\(path)\" has more than one line; expected the secret alone")
        }
        return secret
    }

    /// The bytes of the file with a private key at `path`.
    ///
    /// - Throws: ``SettingFault`` if the file cannot be read, or if other users can read or write it.
    static func readKey(_ path: String) throws(SettingFault) -> [UInt8] {
        let file = try PublicFile.content(path)
        try checkAccess(path, owner: file.owner, permissions: file.permissions, user: geteuid())
        return file.bytes
    }

    /// Refuses a file that anybody except `user` and root could read or replace, as Postgres does for private keys.
    static func checkAccess(
        _ path: String,
        owner: UInt32,
        permissions: UInt32,
        user: UInt32
    ) throws(SettingFault) {
        // Root may run this check on files of the user that the daemon will run as.
        guard owner == user || owner == 0 || user == 0 else {
            throw SettingFault(
                "\"\(path)\" belongs to another user (uid \(owner)); give it to ours (uid \(user)) or to root"
            )
        }
        // Root's file may be readable by a group. The credentials of systemd are such files: their access list appears
        // as the permissions of the group.
        let forbidden: UInt32 = owner == 0 ? 0o037 : 0o077
        guard permissions & forbidden == 0 else {
            let mode = String(permissions, radix: 8)
            throw SettingFault(
                "\"\(path)\" can be read or written by other users (mode \(mode)); run \"chmod 600\" on it"
            )
        }
    }
}
