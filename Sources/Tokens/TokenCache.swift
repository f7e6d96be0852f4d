import Crypto

/// Tokens that were found right, by their hash, so that the next call with one costs no signature.
///
/// It has two halves: when the young one is full it becomes the old one, whose tokens are forgotten unless they are used again.
struct TokenCache: Sendable {
    struct Entry: Sendable {
        var claims: CheckedClaims
        var key: TokenKey
    }

    private var young: [SHA256.Digest: Entry] = [:]
    private var old: [SHA256.Digest: Entry] = [:]
    private let half: Int

    /// An empty cache for at most `capacity` tokens.
    init(capacity: Int) { half = max(1, capacity / 2) }

    var count: Int { young.count + old.count }

    mutating func entry(_ hash: SHA256.Digest) -> Entry? {
        if let entry = young[hash] { return entry }
        guard let entry = old.removeValue(forKey: hash) else { return nil }
        insert(entry, hash)
        return entry
    }

    mutating func insert(_ entry: Entry, _ hash: SHA256.Digest) {
        if young.count >= half { (old, young) = (young, [:]) }
        young[hash] = entry
        old[hash] = nil
    }

    mutating func remove(_ hash: SHA256.Digest) {
        young[hash] = nil
        old[hash] = nil
    }
}
