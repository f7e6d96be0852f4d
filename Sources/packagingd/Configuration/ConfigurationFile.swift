import Files
import Foundation

/// The configuration file of a daemon: which one it is, and what it says.
struct ConfigurationFile: Sendable {
    /// The file that is read when none is named.
    static let usualPath = "/etc/packagingd/packagingd.yaml"
    /// Far more than anybody writes by hand.
    private static let limit = 1 << 16
    /// What is said of a usual file that is not there.
    static let isMissing = "does not exist"

    /// Its absolute path.
    let path: String
    /// What named it: `--config` or `PACKAGINGD_CONFIG`; nil for the usual one, which need not be there.
    let namedBy: String?

    /// What one reading of the file gave.
    struct Content: Sendable {
        /// What it says of each setting, in its order.
        var entries: [FileEntry] = []
        /// What is wrong with it as a whole.
        var mistakes: [ConfigurationMistake] = []
        /// Why it was not read, though that is no mistake.
        var absence: String?
    }

    /// The file that is to be read.
    ///
    /// - Parameter flag: What `--config` names.
    init(flag: String?, environment: [String: String], folder: String, usual: String = usualPath) {
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }
        if let flag {
            (path, namedBy) = (absolute(flag), "--config")
        } else if let named = environment[Setting.fileVariable], !named.isEmpty {
            (path, namedBy) = (absolute(named), Setting.fileVariable)
        } else {
            (path, namedBy) = (usual, nil)
        }
    }

    /// Reads the file. Whatever is in it, this returns.
    func read() -> Content {
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.read(path, limit: Self.limit).bytes
        } catch {
            switch error.errorNumber {
            case EISDIR: return mistaken("is a folder; expected a file")
            case EINVAL: return mistaken("is not a file")
            case EFBIG: return mistaken("is larger than \(Self.limit >> 10) KiB; expected a few lines of settings")
            case ENOENT where namedBy == nil, ENOTDIR where namedBy == nil: return Content(absence: Self.isMissing)
            case EACCES where namedBy == nil: return Content(absence: "cannot be read by this user")
            default:
                return mistaken("cannot be read: \(unsafe String(cString: strerror(error.errorNumber)))")
            }
        }
        return YAMLReader(path: path).read(bytes)
    }

    private func mistaken(_ reason: String) -> Content {
        Content(mistakes: [ConfigurationMistake(path, namedBy.map { "\(reason) (named by \($0))" } ?? reason)])
    }
}

/// What the file says of one setting.
struct FileEntry: Sendable, Hashable {
    /// What stands behind the key.
    enum Value: Sendable, Hashable {
        case scalar(Scalar)
        case list([Scalar])
    }

    /// One value, not yet judged.
    struct Scalar: Sendable, Hashable {
        var text: String
        var isQuoted: Bool
        var line: Int
    }

    var setting: String
    var line: Int
    var value: Value
}
