internal import Foundation

/// The files of one book folder, and nothing outside it.
///
/// A book may come from another person, so a name in it must not make us read, hash and upload other files of the user.
/// Therefore names are relative and must not contain `..`, and a symbolic link must end inside the folder.
struct BookPaths: Sendable {
    /// The extensions of audio files. The daemon, and not this program, checks their content.
    static let audioExtensions = ["wav", "flac", "mp3", "m4a", "mp4", "aac", "ogg", "oga", "opus"]

    /// The folder, with every symbolic link followed and without a slash at its end.
    let root: String

    /// The problem with a name: the end of a sentence that begins with the name.
    struct Refusal: Error, Hashable {
        var problem: String
        var hint: String?
    }

    /// The regular file `name` of the folder.
    func file(_ name: String) throws(Refusal) -> BookFolder.File {
        let (path, attributes) = try locate(name)
        guard attributes.type == .typeRegular else { throw Refusal(problem: "is not a file") }
        return BookFolder.File(name: name, path: path, bytes: attributes.bytes)
    }

    /// The audio files in the folder `name`, in natural order.
    ///
    /// Names that begin with a dot are skipped. A file with another extension is refused and not skipped, because a
    /// silently missing sentence would be worse than an error.
    func audioFiles(in name: String) throws(Refusal) -> [BookFolder.File] {
        let (path, attributes) = try locate(name)
        guard attributes.type == .typeDirectory else { throw Refusal(problem: "is not a folder") }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw Refusal(problem: "could not be read")
        }
        let prefix = name.hasSuffix("/") ? name : name + "/"
        var files: [BookFolder.File] = []
        for entry in names.filter({ !$0.hasPrefix(".") }).sorted(by: NaturalOrder.areInOrder) {
            let file: BookFolder.File
            do {
                file = try self.file(prefix + entry)
            } catch {
                throw Refusal(problem: "has \"\(entry)\", which \(error.problem)", hint: error.hint)
            }
            let ending = entry.split(separator: ".").last.map { $0.lowercased() } ?? ""
            guard entry.contains("."), Self.audioExtensions.contains(ending) else {
                throw Refusal(
                    problem: "has \"\(entry)\", which is not audio by its name",
                    hint: "Move it elsewhere; audio ends in .\(Self.audioExtensions.joined(separator: ", ."))."
                )
            }
            files.append(file)
        }
        return files
    }

    /// Whether `path` is a folder, or a link to one.
    static func isFolder(_ path: String) -> Bool {
        Attributes(path: resolved(path))?.type == .typeDirectory
    }

    /// The absolute path that `path` leads to, with every symbolic link followed.
    static func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    private func locate(_ name: String) throws(Refusal) -> (path: String, attributes: Attributes) {
        guard !name.isEmpty, !name.contains("\0") else { throw Refusal(problem: "is not a path") }
        guard !name.hasPrefix("/") else {
            throw Refusal(problem: "is not relative to the book's folder", hint: "Write it as in \"audio/001.wav\".")
        }
        guard !name.split(separator: "/").contains("..") else {
            throw Refusal(problem: "leads out of the book's folder", hint: "Put the file into the folder.")
        }
        let path = URL(fileURLWithPath: root).appendingPathComponent(name).resolvingSymlinksInPath().path
        guard path == root || path.hasPrefix(root == "/" ? root : root + "/") else {
            throw Refusal(problem: "is a link that leads out of the book's folder", hint: "Put a copy into the folder.")
        }
        guard let attributes = Attributes(path: path) else { throw Refusal(problem: "does not exist") }
        return (path, attributes)
    }

    /// The attributes of a path. It is not opened, because a pipe could make us wait.
    struct Attributes {
        var type: FileAttributeType
        var bytes: Int

        /// Reads the attributes; nil if nothing exists at `path`.
        init?(path: String) {
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                let type = attributes[.type] as? FileAttributeType
            else { return nil }
            self.type = type
            bytes = (attributes[.size] as? NSNumber)?.intValue ?? 0
        }
    }
}
