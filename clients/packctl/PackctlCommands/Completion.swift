internal import ArgumentParser
internal import Foundation
internal import PackagingClient
internal import PackagingMessages

/// The proposals of a shell for arguments.
enum Completion {
    /// The platforms.
    static let platforms = CompletionKind.list(BookReader.platforms)

    /// The slugs of the projects.
    static let projects = CompletionKind.custom { words, _, _ in
        await names(for: words) { client in
            try await client.listProjects(ListProjectsRequest(pageSize: 1000)).projects.map(\.slug)
        }
    }

    /// The names of the tenants.
    static let tenants = CompletionKind.custom { words, _, _ in
        await names(for: words) { client in
            try await client.listTenants(ListTenantsRequest(pageSize: 1000)).tenants.map(\.name)
        }
    }

    /// The longest time that a user who pressed Tab has to wait.
    private static let patience = Duration.milliseconds(1500)

    /// The names that `list` finds at the daemon that the command line `words` would connect to.
    ///
    /// The list is empty after any error, because an error message in the terminal while the user types is worse than
    /// no proposal.
    private static func names(
        for words: [String],
        _ list: @escaping @Sendable (PackagingClient) async throws -> [String]
    ) async -> [String] {
        let environment = ProcessInfo.processInfo.environment
        guard let global = try? GlobalOptions.parse(from: words),
            let address = try? global.resolvedAddress(environment),
            let tenant = try? Optional(global.resolvedTenant(environment)),
            let tokens = try? Optional(global.tokens(environment)),
            let tls = try? global.tls(environment)
        else { return [] }
        let names = try? await withThrowingTaskGroup(of: [String].self) { group in
            group.addTask {
                try await PackagingClient.withConnection(to: address, tenant: tenant, tokens: tokens, tls: tls, list)
            }
            group.addTask {
                try await Task.sleep(for: patience)
                return []
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
        return names ?? []
    }
}

extension GlobalOptions {
    /// Parses the global options among `words` and ignores all other words.
    fileprivate static func parse(from words: [String]) throws -> GlobalOptions {
        var known: [String] = []
        for (index, word) in words.enumerated() {
            for name in CommandLineOrder.withValue {
                if word == name, index + 1 < words.count { known += [name, words[index + 1]] }
                if word.hasPrefix(name + "=") { known.append(word) }
            }
        }
        return try parse(known)
    }
}
