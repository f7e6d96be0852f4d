import Files
import Glibc

/// Reads files of certificates and keys, and says what is wrong with one in the words of the settings.
enum PublicFile {
    /// The most bytes of such a file: all authorities of a system together have a quarter of that.
    private static let limit = 1 << 20

    /// The bytes and the owner of the file at `path`.
    static func content(_ path: String) throws(SettingFault) -> SmallFile {
        do {
            return try SmallFile.read(path, limit: limit)
        } catch {
            switch error.errorNumber {
            case EISDIR: throw SettingFault("\"\(path)\" is a folder; expected a file")
            case EINVAL: throw SettingFault("\"\(path)\" is not a file")
            case EFBIG: throw SettingFault("\"\(path)\" is larger than \(limit >> 20) MiB")
            default: throw SettingFault(error.description)
            }
        }
    }
}
