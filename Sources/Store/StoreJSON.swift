internal import FoundationEssentials
internal import Model
internal import Postgres

/// JSON documents in columns. Their keys are in one fixed order, so that equal values give equal documents.
enum StoreJSON {
    static func encode(_ value: some Encodable) throws(PackagingError) -> PostgresJSON {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return PostgresJSON(String(decoding: try encoder.encode(value), as: UTF8.self))
        } catch {
            throw PackagingError(.internal, "cannot write a \(type(of: value)) as JSON", cause: error)
        }
    }

    /// Recipe digests by platform, in hexadecimal.
    static func encode(recipes: [Platform: Digest]) throws(PackagingError) -> PostgresJSON {
        try encode(Dictionary(uniqueKeysWithValues: recipes.map { ($0.key.rawValue, $0.value.description) }))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ json: PostgresJSON) throws(PackagingError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json.text.utf8))
        } catch {
            throw PackagingError(.internal, "cannot read a \(type) from JSON", cause: error)
        }
    }
}

/// ``PackagingSettings`` as a document. Overrides are written as an object by platform, because the synthesised form is
/// a list in no certain order.
struct SettingsDocument: Codable {
    var platforms: [Platform]?
    var overrides: [String: PackagingSettings.Override]
    var mastering: PackagingSettings.Mastering
    var headSeconds: Double
    var tailSeconds: Double
    var voice: Voice?

    init(_ settings: PackagingSettings) {
        platforms = settings.platforms
        overrides = Dictionary(uniqueKeysWithValues: settings.overrides.map { ($0.key.rawValue, $0.value) })
        mastering = settings.mastering
        headSeconds = settings.headSeconds
        tailSeconds = settings.tailSeconds
        voice = settings.voice
    }

    var settings: PackagingSettings {
        var known: [Platform: PackagingSettings.Override] = [:]
        for (platform, override) in overrides {
            if let platform = Platform(rawValue: platform) { known[platform] = override }
        }
        return PackagingSettings(
            platforms: platforms,
            overrides: known,
            mastering: mastering,
            headSeconds: headSeconds,
            tailSeconds: tailSeconds,
            voice: voice
        )
    }
}
