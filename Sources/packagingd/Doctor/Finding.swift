import Foundation

/// What one check of the doctor found.
struct Finding: Sendable, Hashable, Encodable {
    enum Status: String, Sendable, Hashable, Encodable {
        /// The thing that was checked is as it must be.
        case ok
        /// The daemon works, but will have a problem sooner or later.
        case warning
        /// The daemon does not start, or fails at its work.
        case failed
    }

    /// The thing that was checked: a word or two that are the same in every run.
    var check: String
    var status: Status
    /// The result of the check, on one line.
    var seen: String
    /// What the operator should do, in sentences; nil if nothing is to be done.
    var advice: String?

    static func ok(_ check: String, _ seen: String) -> Finding { Finding(check: check, status: .ok, seen: seen) }

    static func warning(_ check: String, _ seen: String, _ advice: String) -> Finding {
        Finding(check: check, status: .warning, seen: seen, advice: advice)
    }

    static func failed(_ check: String, _ seen: String, _ advice: String) -> Finding {
        Finding(check: check, status: .failed, seen: seen, advice: advice)
    }

    /// The finding as a line for people, with the advice on a second line.
    var text: String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        let line = padded(status.rawValue, 9) + padded(check, 20) + seen
        return advice.map { line + "\n" + String(repeating: " ", count: 29) + $0 } ?? line
    }
}

/// What `packagingd doctor --json` prints.
struct FindingReport: Encodable {
    var checks: [Finding]
    var warnings: Int
    var failed: Int

    init(_ findings: [Finding]) {
        checks = findings
        warnings = findings.count { $0.status == .warning }
        failed = findings.count { $0.status == .failed }
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// The last line for people.
    var summary: String {
        func counted(_ count: Int, _ word: String) -> String { count == 1 ? "1 \(word)" : "\(count) \(word)s" }
        guard failed + warnings > 0 else { return "All \(checks.count) checks passed." }
        return "\(counted(checks.count, "check")), \(counted(warnings, "warning")), \(failed) failed."
    }
}
