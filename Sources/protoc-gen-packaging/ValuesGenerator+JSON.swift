// The JSON of a message: an object with protobuf's JSON names.
extension ValuesGenerator {
    func json(_ message: ProtoMessage, _ text: inout SwiftText) throws(GeneratorError) {
        let name = try schema.names.swiftType(message.fullName)
        try text.block("extension \(name)") { text throws(GeneratorError) in
            text.line("/// Writes the message as a JSON object.")
            try text.block("\(access)func writeJSON(to json: inout JSONWriter)") { text throws(GeneratorError) in
                text.line("json.beginObject()")
                var seen: Set<Int> = []
                for field in message.fields {
                    guard let index = field.oneof else {
                        try text.line("json." + written(field))
                        continue
                    }
                    guard seen.insert(index).inserted else { continue }
                    text.line("switch \(Names.property(message.oneofs[index].name)) {")
                    for member in message.fields where member.oneof == index {
                        let pattern = ".\(Names.property(member))(let value)"
                        text.line("case \(pattern): json.member(\"\(member.jsonName)\", value)")
                    }
                    text.line("case nil: break")
                    text.line("}")
                }
                text.line("json.endObject()")
            }
        }
    }

    private func written(_ field: ProtoField) throws(GeneratorError) -> String {
        let arguments = "\"\(field.jsonName)\", \(Names.property(field))"
        if try schema.mapEntry(field) != nil { return "map(\(arguments)) { $1.value($0) }" }
        return field.isRepeated ? "list(\(arguments)) { $1.value($0) }" : "field(\(arguments))"
    }
}
