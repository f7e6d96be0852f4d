internal import Foundation
internal import Model

extension ValidationReport {
    /// The report as it is stored with a package; keys in order, so that equal reports are equal texts.
    public var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// A report as it was stored; nil if it is none that this version writes.
    public init?(json: String) {
        guard let report = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = report
    }
}
