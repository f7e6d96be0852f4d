internal import Foundation
public import Model

extension ValidationReport {
    /// The report as it is stored with a package; keys in order, so that equal reports are equal texts.
    public var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
