internal import ArgumentParser
internal import Foundation
internal import PackagingClient
internal import PackagingMessages

/// What a shell proposes for arguments.
enum Completion {
    /// The stores.
    static let stores = CompletionKind.list(BookReader.platforms)

    /// The slugs of the projects.
    static let projects = CompletionKind.custom { words, _, _ in await slugs(for: words) }

    /// How long a user who pressed Tab waits at most.
    private static let patience = Duration.milliseconds(1500)

    /// The slugs of the first projects at the daemon that `words`, the command line, would talk to.
    ///
    /// None if there is any difficulty: what is written to a terminal while somebody types is worse than no proposal.
    private static func slugs(for words: [String]) async -> [String] {
        let environment = ProcessInfo.processInfo.environment
        guard let global = try? GlobalOptions.parse(from: words),
            let address = try? global.resolvedAddress(environment),
            let token = try? Optional(global.token(environment))
        else { return [] }
        let projects = try? await withThrowingTaskGroup(of: [Project].self) { group in
            group.addTask {
                try await PackagingClient.withConnection(to: address, token: token) { client in
                    try await client.listProjects(ListProjectsRequest(pageSize: 1000)).projects
                }
            }
            group.addTask {
                try await Task.sleep(for: patience)
                return []
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
        return projects?.map(\.slug) ?? []
    }
}

extension GlobalOptions {
    /// The options that are among `words`, whatever else is.
    fileprivate static func parse(from words: [String]) throws -> GlobalOptions {
        var known: [String] = []
        for (index, word) in words.enumerated() {
            for name in ["--address", "--token-file"] {
                if word == name, index + 1 < words.count { known += [name, words[index + 1]] }
                if word.hasPrefix(name + "=") { known.append(word) }
            }
        }
        return try parse(known)
    }
}
