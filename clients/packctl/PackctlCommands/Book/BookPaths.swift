internal import Foundation

/// The files of one book folder, and nothing outside it.
///
/// A book may come from somebody else, so a name in it must not make us read, hash and upload other files of the user: names
/// are relative, never climb, and a symbolic link must end inside the folder.
struct BookPaths: Sendable {
    /// The names that audio files end in. Their content is judged by the daemon, not here.
    static let audioExtensions = ["wav", "flac", "mp3", "m4a", "mp4", "aac", "ogg", "oga", "opus"]

    /// The folder, with every symbolic link followed and without a slash at its end.
    let root: String

    /// What is wrong with a name: the end of a sentence that begins with it.
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
    /// Names that begin with a dot are left out. A file whose name is not one of audio is refused rather than left out: a
    /// sentence that is silently missing is worse than a question.
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

    /// The path that `path` leads to, with every symbolic link followed.
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

    /// What is known about a path without opening it, so that a pipe cannot make us wait.
    struct Attributes {
        var type: FileAttributeType
        var bytes: Int

        /// Nil if nothing lies at `path`.
        init?(path: String) {
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                let type = attributes[.type] as? FileAttributeType
            else { return nil }
            self.type = type
            bytes = (attributes[.size] as? NSNumber)?.intValue ?? 0
        }
    }
}
