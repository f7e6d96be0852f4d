internal import Model

/// A value from a platform's rules, with the place and date where it was read.
///
/// Platforms change their rules and contradict their own pages, so no such value may be in the code without its source.
package struct Sourced<Value: Sendable & Hashable>: Sendable, Hashable {
    /// The value.
    package let value: Value
    /// Where the rule was read.
    package let source: String
    /// The date when it was read, as YYYY-MM-DD.
    package let date: String

    /// `value`, read in `source` on `date`.
    package init(_ value: Value, source: String, date: String) {
        self.value = value
        self.source = source
        self.date = date
    }
}

extension Rule {
    /// A rule about a value with its source; `value` is the form in which the value is shown.
    init<Sourcing>(_ id: String, _ description: String, _ value: RuleValue, from sourced: Sourced<Sourcing>) {
        self.init(id: id, description: description, value: value, source: sourced.source, date: sourced.date)
    }
}
