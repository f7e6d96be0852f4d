internal import Protobuf

extension Metadata {
    init(_ pairs: [TTRPCKeyValue]) {
        self.init()
        for pair in pairs { append(pair.value, for: pair.key) }
    }

    /// The pairs as the envelope carries them.
    var wirePairs: [TTRPCKeyValue] { entries.map { TTRPCKeyValue(key: $0.key, value: $0.value) } }
}
