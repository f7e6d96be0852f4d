import Model

/// The keys that are trusted at one time.
struct KeySet: Sendable, Hashable {
    let keys: [TokenKey]

    /// The key that a token asks for.
    enum Match: Sendable, Hashable {
        case key(TokenKey)
        /// There is no such key.
        case none
        /// The key with this id is for another algorithm.
        case otherAlgorithm
        /// The token names no key, and several could be meant.
        case several
    }

    /// Looks for a key: by its id, or, where the token names none, by the algorithm.
    func match(id: String?, _ algorithm: TokenAlgorithm) -> Match {
        if let id {
            guard let key = keys.first(where: { $0.id?.isExactly(id) == true }) else { return .none }
            return key.algorithm == algorithm ? .key(key) : .otherAlgorithm
        }
        let fitting = keys.filter { $0.algorithm == algorithm }
        guard let key = fitting.first else { return .none }
        return fitting.count == 1 ? .key(key) : .several
    }

    /// The ids and algorithms, for logs: `2026-11 (EdDSA), 2026-12 (EdDSA)`.
    var summary: String {
        let names = keys.prefix(10).map { key in
            let name = (key.id ?? "without id").prefix(64)
            return LineText.problem(in: String(name)) == nil ? "\(name) (\(key.algorithm.rawValue))" : "(unprintable)"
        }
        let more = keys.count > names.count ? ["and \(keys.count - names.count) more"] : []
        return (names + more).joined(separator: ", ")
    }
}

/// A key set as it stands in a file or comes from a URL (RFC 7517, section 5), before its keys are made.
struct KeySetDocument: Sendable, Hashable {
    /// The keys that can be used.
    var keys: [PublicKey] = []
    /// The keys that cannot, each with the reason: `key 2 is of another curve than P-256`.
    var skipped: [String] = []

    /// The most bytes of a key set.
    static let byteLimit = 1 << 20
    /// The most keys of a key set.
    static let keyLimit = 100

    /// - Throws: ``JSONFault`` if it is no key set.
    init(_ bytes: [UInt8]) throws(JSONFault) {
        guard bytes.count <= Self.byteLimit else { throw JSONFault("has more than \(Self.byteLimit) bytes") }
        guard let entries = try JSONValue(parsing: bytes).object?["keys"]?.list else {
            throw JSONFault("is not a key set: a JSON object with a list \"keys\"")
        }
        guard entries.count <= Self.keyLimit else { throw JSONFault("has more than \(Self.keyLimit) keys") }
        var ids: Set<String> = []
        for (place, entry) in entries.enumerated() {
            do throws(JSONFault) {
                guard let fields = entry.object else { throw JSONFault("is not a JSON object") }
                let key = try PublicKey(fields)
                if let id = key.id, !ids.insert(id).inserted { throw JSONFault("has the id of an earlier key") }
                keys.append(key)
            } catch {
                skipped.append("key \(place + 1) \(error.reason)")
            }
        }
    }

    /// Makes the keys. One whose numbers are no key is skipped, too.
    func keySet() async -> (set: KeySet, skipped: [String]) {
        var made: [TokenKey] = []
        var skipped = skipped
        for (place, key) in keys.enumerated() {
            do {
                made.append(try await TokenKey(key))
            } catch {
                skipped.append("usable key \(place + 1) has numbers that are no \(key.material.algorithm.rawValue) key")
            }
        }
        return (KeySet(keys: made), skipped)
    }
}
