/// A number or choice of a store's, with where and when it was read.
///
/// Stores change their rules and contradict their own pages, so no such value stands in code without its source.
public struct Sourced<Value: Sendable & Hashable>: Sendable, Hashable {
    /// The value.
    public let value: Value
    /// Where the rule was read.
    public let source: String
    /// When, as YYYY-MM-DD.
    public let date: String

    /// `value`, read in `source` on `date`.
    public init(_ value: Value, source: String, date: String) {
        self.value = value
        self.source = source
        self.date = date
    }
}

/// One line of a rule pack, for people and for ListRules.
public struct Rule: Sendable, Hashable {
    /// What a rule compares with.
    public enum Value: Sendable, Hashable {
        /// A text, such as `256k`.
        case text(String)
        /// A number in the unit that the description names.
        case number(Double)
    }

    /// Names the rule inside its pack, such as `cover_size`.
    public let id: String
    /// What is asked for, as a sentence.
    public let description: String
    /// The value that is compared with.
    public let value: Value
    /// Where the rule was read.
    public let source: String
    /// When, as YYYY-MM-DD.
    public let date: String

    /// A rule around a value with its source; `value` is how that value is shown.
    init<Sourcing>(_ id: String, _ description: String, _ value: Value, from sourced: Sourced<Sourcing>) {
        self.id = id
        self.description = description
        self.value = value
        source = sourced.source
        date = sourced.date
    }
}
