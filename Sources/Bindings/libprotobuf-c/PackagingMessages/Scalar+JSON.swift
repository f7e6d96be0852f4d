public import Protobuf

extension Scalar {
    /// Writes the bare text or number; null when neither is set.
    public func writeJSON(to json: inout JSONWriter) {
        switch value {
        case .text(let text): json.value(text)
        case .number(let number): json.value(number)
        case nil: json.null()
        }
    }
}
