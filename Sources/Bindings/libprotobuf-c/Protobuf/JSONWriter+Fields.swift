// Rules for the fields of a message: which values are written and which are left out.
extension JSONWriter {
    /// Writes a string unless it is empty.
    public mutating func field(_ name: String, _ value: String) {
        guard !value.isEmpty else { return }
        member(name, value)
    }

    /// Writes bytes unless there are none.
    public mutating func field(_ name: String, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        key(name)
        self.value(value)
    }

    /// Writes a truth value.
    public mutating func field(_ name: String, _ value: Bool) { member(name, value) }

    /// Writes a whole number.
    public mutating func field(_ name: String, _ value: some BinaryInteger) { member(name, value) }

    /// Writes a number unless JSON has none for it.
    public mutating func field(_ name: String, _ value: Double) { member(name, value) }

    /// Writes the word of an enum unless it is `unspecified`.
    public mutating func field(_ name: String, _ value: some WireEnum) {
        guard value.word != "unspecified" else { return }
        member(name, value)
    }

    /// Writes a message if it is set.
    public mutating func field(_ name: String, _ value: (some WireMessage)?) {
        guard let value else { return }
        member(name, value)
    }

    /// Writes a list.
    public mutating func list<Element>(
        _ name: String,
        _ values: [Element],
        _ write: (Element, inout JSONWriter) -> Void
    ) {
        key(name)
        beginArray()
        for value in values { write(value, &self) }
        endArray()
    }

    /// Writes a map as an object whose members are in the order of their keys.
    public mutating func map<Key: Comparable, Value>(
        _ name: String,
        _ values: [Key: Value],
        _ write: (Value, inout JSONWriter) -> Void
    ) {
        key(name)
        beginObject()
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            self.key("\(key)")
            write(value, &self)
        }
        endObject()
    }
}

// Values of a oneof: they are written whenever they are set, whatever the value is.
extension JSONWriter {
    /// Writes a string.
    public mutating func member(_ name: String, _ value: String) {
        key(name)
        self.value(value)
    }

    /// Writes bytes.
    public mutating func member(_ name: String, _ value: [UInt8]) {
        key(name)
        self.value(value)
    }

    /// Writes a truth value.
    public mutating func member(_ name: String, _ value: Bool) {
        key(name)
        self.value(value)
    }

    /// Writes a whole number.
    public mutating func member(_ name: String, _ value: some BinaryInteger) {
        key(name)
        self.value(value)
    }

    /// Writes a number unless JSON has none for it.
    public mutating func member(_ name: String, _ value: Double) {
        guard value.isFinite else { return }
        key(name)
        self.value(value)
    }

    /// Writes the word of an enum.
    public mutating func member(_ name: String, _ value: some WireEnum) {
        key(name)
        self.value(value)
    }

    /// Writes a message.
    public mutating func member(_ name: String, _ value: some WireMessage) {
        key(name)
        self.value(value)
    }
}
