import Descriptors
import Glibc
import Readers

extension ByteSource {
    /// A regular file, read without moving the descriptor's position.
    init(_ descriptor: Descriptor) throws(ReaderError) {
        var status = stat()
        guard descriptor.withNumber({ unsafe fstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ReaderError("it is no regular file")
        }
        self.init(size: Int(status.st_size)) { offset, count throws(ReaderError) in
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let step = descriptor.withNumber { number in
                    unsafe bytes.withUnsafeMutableBytes { buffer in
                        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                        return unsafe pread(number, rest.baseAddress, rest.count, off_t(offset + done))
                    }
                }
                if step < 0 && errno == EINTR { continue }
                guard step >= 0 else { throw ReaderError("it could not be read") }
                guard step > 0 else { break }
                done += step
            }
            bytes.removeLast(count - done)
            return bytes
        }
    }
}
