internal import Model

/// A number or choice of a store's, with where and when it was read.
///
/// Stores change their rules and contradict their own pages, so no such value stands in code without its source.
package struct Sourced<Value: Sendable & Hashable>: Sendable, Hashable {
    /// The value.
    package let value: Value
    /// Where the rule was read.
    package let source: String
    /// When, as YYYY-MM-DD.
    package let date: String

    /// `value`, read in `source` on `date`.
    package init(_ value: Value, source: String, date: String) {
        self.value = value
        self.source = source
        self.date = date
    }
}

extension Rule {
    /// A rule around a value with its source; `value` is how that value is shown.
    init<Sourcing>(_ id: String, _ description: String, _ value: RuleValue, from sourced: Sourced<Sourcing>) {
        self.init(id: id, description: description, value: value, source: sourced.source, date: sourced.date)
    }
}
