/// The value that a platform's rule requires, or the book's value that is compared with it.
package enum RuleValue: Sendable, Hashable {
    /// A text, such as `256k`.
    case text(String)
    /// A number, in the unit of the property.
    case number(Double)
}
