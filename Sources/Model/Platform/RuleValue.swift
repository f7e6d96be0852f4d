/// What a rule of a platform asks for, or what a book has where a rule looks.
package enum RuleValue: Sendable, Hashable {
    /// A text, such as `256k`.
    case text(String)
    /// A number, in the unit of what it is a value of.
    case number(Double)
}
