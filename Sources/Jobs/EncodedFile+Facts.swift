import Assets
import Packagers

extension EncodedFile {
    /// A file of which these facts are known.
    init(_ facts: FileFacts, packetSizes: [UInt32] = []) {
        self.init(bytes: facts.bytes, crc32: facts.crc32, digest: facts.digest, packetSizes: packetSizes)
    }
}
