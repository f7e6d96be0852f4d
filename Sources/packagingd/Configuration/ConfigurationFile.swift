import Files
import Foundation

/// The configuration file of a daemon: its path and its contents.
struct ConfigurationFile: Sendable {
    /// The file that is read when none is named.
    static let usualPath = "/etc/packagingd/packagingd.yaml"
    /// The most bytes of the file: far more than anybody writes by hand.
    private static let limit = 1 << 16
    /// The message for a missing file at the usual path.
    static let isMissing = "does not exist"

    /// Its absolute path.
    let path: String
    /// The source that named the file: `--config` or `PACKAGINGD_CONFIG`. Nil for the usual file, which need not exist.
    let namedBy: String?

    /// The result of reading the file once.
    struct Content: Sendable {
        /// The entry of each setting, in the order of the file.
        var entries: [FileEntry] = []
        /// The mistakes that concern the file as a whole.
        var mistakes: [ConfigurationMistake] = []
        /// Why the file was not read, if that is no mistake.
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

    /// Reads the file. Never fails: whatever is wrong with the file becomes a mistake in the result.
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

/// The file's entry for one setting.
struct FileEntry: Sendable, Hashable {
    /// The value that follows the key.
    enum Value: Sendable, Hashable {
        case scalar(Scalar)
        case list([Scalar])
    }

    /// One value that was not checked yet.
    struct Scalar: Sendable, Hashable {
        var text: String
        var isQuoted: Bool
        var line: Int
    }

    var setting: String
    var line: Int
    var value: Value
}
