import Foundation
import Model
import Planning

/// A plan as the database keeps it.
enum PlanCoding {
    static func encode(_ plan: BatchPlan) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(plan), as: UTF8.self)
    }

    static func decode(_ text: String) throws -> BatchPlan {
        try JSONDecoder().decode(BatchPlan.self, from: Data(text.utf8))
    }
}
