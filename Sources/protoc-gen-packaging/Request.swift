/// The request of protoc.
struct Request {
    /// One file of Swift.
    struct Output {
        var name: String
        var text: String
    }

    /// All known files, including the imported ones.
    var files: [ProtoFile]
    /// The names of the files to generate code for.
    var wanted: [String]
    /// The text after `--packaging_opt`.
    var parameter: String

    /// The Swift files.
    ///
    /// - Throws: ``GeneratorError`` if the parameter is not understood, or a file contains something that is not
    ///   supported.
    func generate() throws(GeneratorError) -> [Output] {
        let options = try Options(parameter)
        let schema = Schema(files: files, names: Names(files: files, prefixes: options.prefixes))
        let wantedFiles = files.filter { wanted.contains($0.name) }
        var outputs: [Output] = []
        if options.emission == .list {
            return [try ListGenerator(schema: schema, files: wantedFiles, imports: options.imports).generate()]
        }
        for file in wantedFiles {
            switch options.emission {
            case .values: outputs += try ValuesGenerator(schema: schema, file: file, options: options).generate()
            case .server: outputs += try ServerGenerator(schema: schema, file: file).generate()
            case .list: break
            case .client: outputs += try ClientGenerator(schema: schema, file: file).generate()
            }
        }
        return outputs
    }
}

/// All declarations and their names.
struct Schema {
    var files: [ProtoFile]
    var names: Names

    private var messages: [String: ProtoMessage] = [:]

    init(files: [ProtoFile], names: Names) {
        self.files = files
        self.names = names
        for file in files {
            for message in file.messages { add(message) }
        }
    }

    private mutating func add(_ message: ProtoMessage) {
        messages[message.fullName] = message
        for nested in message.messages { add(nested) }
    }

    /// The message called `fullName`.
    func message(_ fullName: String) throws(GeneratorError) -> ProtoMessage {
        guard let message = messages[fullName] else { throw GeneratorError("message \"\(fullName)\" is not known") }
        return message
    }

    /// The key and the value of a map field; nil for every other field.
    func mapEntry(_ field: ProtoField) throws(GeneratorError) -> (key: ProtoField, value: ProtoField)? {
        guard field.isRepeated, field.kind == .message else { return nil }
        let entry = try message(field.typeName)
        guard entry.isMapEntry, entry.fields.count == 2 else { return nil }
        return (entry.fields[0], entry.fields[1])
    }
}
