/// Where the tokens of a client come from.
///
/// A source is asked for each connection, before a token ends, and once more when the daemon refuses one. So a source that
/// gives a new token in time keeps a client going for as long as it runs.
public struct TokenSource: Sendable {
    /// Whether there may be another token later.
    let isRenewable: Bool
    private let ask: @Sendable () async throws -> String

    /// A source that calls `present` for the token that is valid now.
    public init(_ present: @escaping @Sendable () async throws -> String) { self.init(isRenewable: true, present) }

    private init(isRenewable: Bool, _ ask: @escaping @Sendable () async throws -> String) {
        self.isRenewable = isRenewable
        self.ask = ask
    }

    /// One token that stays. When it has ended, calls fail with `unauthenticated`.
    public static func fixed(_ token: String) -> TokenSource { TokenSource(isRenewable: false) { token } }

    /// The token in a file, which is read each time: another program may renew it there. White space around it is ignored.
    public static func file(_ path: String) -> TokenSource {
        TokenSource {
            let bytes = try await LocalFile.reading(path).read(upTo: maximumBytes)
            guard bytes.count < maximumBytes else {
                throw PackagingError(.invalidArgument, "the token file \"\(path)\" is too long for a token")
            }
            let token = String(decoding: bytes, as: UTF8.self).trimmed
            guard !token.isEmpty else { throw PackagingError(.invalidArgument, "the token file \"\(path)\" is empty") }
            return token
        }
    }

    private static let maximumBytes = 64 * 1024

    /// The token that is valid now.
    func present() async throws(PackagingError) -> String {
        do {
            return try await ask().trimmed
        } catch let error as PackagingError {
            throw error
        } catch {
            throw PackagingError(
                .unauthenticated,
                "could not get a token: \(error)",
                reason: "TOKEN_SOURCE_FAILED",
                cause: error
            )
        }
    }

    /// What the source gives in place of a token that is refused or about to end; nil if that is no other one.
    func another(than refused: String) async throws(PackagingError) -> String? {
        guard isRenewable else { return nil }
        let token = try await present()
        return token.isEmpty || token == refused ? nil : token
    }
}

extension String {
    fileprivate var trimmed: String {
        let rest = drop { $0.isWhitespace }
        return String(rest[..<(rest.lastIndex { !$0.isWhitespace }.map(rest.index(after:)) ?? rest.startIndex)])
    }
}
