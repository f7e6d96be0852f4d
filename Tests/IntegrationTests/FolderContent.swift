import Foundation

/// Everything below a folder, by its path in the folder. A file that is created or removed meanwhile may be in the list
/// or not.
func content(of folder: String) -> [(path: String, type: FileAttributeType)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().flatMap { name -> [(path: String, type: FileAttributeType)] in
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        guard let type = attributes?[.type] as? FileAttributeType else { return [] }
        let below = type == .typeDirectory ? content(of: folder + "/" + name) : []
        return [(name, type)] + below.map { (name + "/" + $0.path, $0.type) }
    }
}

/// The regular files below a folder, by their paths in it.
func files(below folder: String) -> [String] { content(of: folder).filter { $0.type == .typeRegular }.map(\.path) }

/// Waits until nothing is left: a daemon cleans up after it has reported how a job ended.
func waitForRemoval(of what: String, _ remains: @escaping @Sendable () async throws -> [String]) async throws {
    try await within(.seconds(120), "the removal of \(what)") {
        while try await !remains().isEmpty { try await Task.sleep(for: .milliseconds(100)) }
    }
}
