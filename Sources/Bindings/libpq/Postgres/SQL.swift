/// A statement and the values bound to its parameters.
///
/// Written as a string literal; an interpolated value becomes a parameter and never part of the text:
///
/// ```swift
/// "SELECT title FROM project WHERE tenant_id = \(tenant) AND id = \(project)"   // … = $1 AND id = $2
/// ```
///
/// A connection prepares and remembers the text, so the server parses the same literal once per connection, whatever
/// its values are. A parameter has the type of its Swift value (`Int` is `bigint`, `String` is `text`); where the
/// server wants another, such as an enum, cast it: `\(status)::job_status`.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text, with `$1`, `$2` … where values are bound.
    package private(set) var text: String
    /// The values, in the order of their numbers.
    package private(set) var parameters: [PostgresValue]

    /// A statement without parameters.
    package init(stringLiteral text: String) {
        self.text = text
        self.parameters = []
    }

    /// A statement from a literal with interpolations.
    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        parameters = stringInterpolation.parameters
    }

    /// A statement whose text is made at run time, such as a migration; it is prepared and remembered like any other.
    ///
    /// - Parameter text: The text as it is. Nothing in it may come from a caller.
    package init(unescaped text: String) {
        self.text = text
        self.parameters = []
    }

    /// Builds a ``SQL`` from a literal.
    package struct StringInterpolation: StringInterpolationProtocol, Sendable {
        fileprivate var text = ""
        fileprivate var parameters: [PostgresValue] = []

        /// Makes room for the literal.
        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 4 * interpolationCount)
            parameters.reserveCapacity(interpolationCount)
        }

        /// Appends a piece of the literal.
        package mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        /// Binds `value` to the next parameter.
        package mutating func appendInterpolation(_ value: some PostgresEncodable) {
            parameters.append(PostgresValue(value))
            text += "$\(parameters.count)"
        }

        /// Binds `value` to the next parameter; nil is NULL.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            parameters.append(PostgresValue(value))
            text += "$\(parameters.count)"
        }

        /// Inserts `identifier` as it is: for names of tables, columns and channels that are known to the program.
        package mutating func appendInterpolation(unescaped identifier: String) {
            text += identifier
        }

        /// Inserts another statement, its parameters renumbered to follow those already bound.
        package mutating func appendInterpolation(_ fragment: SQL) {
            text += SQL.renumbered(fragment.text, by: parameters.count)
            parameters += fragment.parameters
        }
    }

    /// `text` with `offset` added to the number of every parameter.
    private static func renumbered(_ text: String, by offset: Int) -> String {
        guard offset > 0 else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            let start = rest.index(after: dollar)
            let digits = rest[start...].prefix { $0.isASCII && $0.isNumber }
            result += rest[..<start]
            if let number = Int(digits) { result += String(number + offset) }
            rest = rest[digits.endIndex...]
        }
        return result + rest
    }
}
