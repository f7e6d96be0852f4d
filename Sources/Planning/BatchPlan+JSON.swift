internal import Foundation

extension BatchPlan {
    /// The plan as the database keeps it. The keys are in order, so that equal plans are equal texts.
    package var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// A plan as the database keeps it.
    ///
    /// - Throws: `DecodingError` if this version cannot read it.
    package init(json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }
}
