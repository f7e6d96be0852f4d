import CPQ

extension PostgresError {
    /// The error that the server reported in `result`, without the parts that may contain values.
    init(result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            let value = unsafe PQresultErrorField(result, CInt(code.asciiValue ?? 0))
            return unsafe value.map { unsafe String(cString: $0) }
        }
        // The codes are libpq's PG_DIAG_ macros, which are characters and are not imported into Swift as such.
        let state = field("C").map(SQLState.init(rawValue:))
        let fallback = unsafe PQresultErrorMessage(result).map { unsafe String(cString: $0) } ?? ""
        self.init(.server, (field("M") ?? fallback).singleLine, sqlState: state)
        detail = field("D")
        hint = field("H")
        constraint = field("n")
        table = field("t")
        column = field("c")
        switch state?.errorClass {
        case "22":
            // A message such as "invalid input syntax for type uuid: …" quotes the value itself.
            message = "the server refused a value"
            detail = nil
        case "23":
            // Details such as "Key (…)=(…) already exists" and "Failing row contains (…)" contain values.
            detail = nil
        default:
            break
        }
    }
}

extension String {
    /// The text on one line, without the white space at the beginning of its lines.
    var singleLine: String {
        split(whereSeparator: \.isNewline).map { $0.drop { $0.isWhitespace } }.joined(separator: " ")
    }
}
