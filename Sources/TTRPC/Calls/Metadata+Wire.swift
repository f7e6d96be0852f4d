internal import Protobuf

extension Metadata {
    init(_ pairs: [TTRPCKeyValue]) {
        self.init()
        for pair in pairs { append(pair.value, for: pair.key) }
    }

    /// The pairs in the form of the envelope.
    var wirePairs: [TTRPCKeyValue] { entries.map { TTRPCKeyValue(key: $0.key, value: $0.value) } }
}
