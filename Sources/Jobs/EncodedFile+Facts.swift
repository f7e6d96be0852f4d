import Assets
import Packagers

extension EncodedFile {
    /// An encoded file with these facts.
    init(_ facts: FileFacts, packetSizes: [UInt32] = []) {
        self.init(bytes: facts.bytes, crc32: facts.crc32, digest: facts.digest, packetSizes: packetSizes)
    }
}
