internal import CLinux
package import Descriptors
internal import Glibc

/// A stream of bytes over a Unix socket, in which descriptors travel attached to bytes. Every call blocks.
///
/// Not thread-safe. Descriptors arrive in the order in which they were sent. Each arrives no later than the first byte
/// that it was attached to.
package final class DescriptorChannel {
    /// The most descriptors that one ``send(_:descriptors:)`` takes.
    package static let maximumDescriptors = Int(CLINUX_MAX_DESCRIPTORS)
    /// The most received descriptors that may wait to be taken. More are an error, because no message named them.
    package static let maximumWaiting = 2 * maximumDescriptors

    private let socket: Descriptor
    private var received: [UInt8] = []
    private var consumed = 0
    private var descriptors: [Descriptor] = []

    /// A channel over `socket`, which no other code may read.
    package init(_ socket: Descriptor) {
        self.socket = socket
    }

    /// Sends all of `bytes`, which are not empty, with `descriptors` attached to the first. We keep the descriptors;
    /// the receiver gets copies.
    ///
    /// - Throws: ``ProcessError``; `EPIPE` or `ECONNRESET` if the other end is closed.
    package func send(_ bytes: [UInt8], descriptors: [Descriptor] = []) throws(ProcessError) {
        precondition(!bytes.isEmpty, "descriptors are attached to a byte")
        var attached = descriptors
        var sent = 0
        while sent < bytes.count {
            let result = send(bytes[sent...], attached)
            guard result >= 0 else { throw ProcessError("send to the other process", CInt(-result)) }
            attached = []
            sent += result
        }
    }

    /// Waits until the socket accepts bytes, and sends them. Returns how many were sent, which may be fewer than given, or
    /// an error number below zero.
    private func send(_ bytes: ArraySlice<UInt8>, _ attached: [Descriptor]) -> Int {
        socket.withNumber { socket in
            attached.withNumbers { attached in
                unsafe bytes.withUnsafeBytes { bytes in
                    unsafe clinux_send(socket, bytes.baseAddress, bytes.count, attached, attached.count, true)
                }
            }
        }
    }

    /// Receives exactly `count` bytes; nil if the other end was closed before the first of them.
    ///
    /// - Throws: ``ProcessError``; `ECONNRESET` if the stream ends within the bytes, `EMSGSIZE` if descriptors were
    ///   lost or more than ``maximumWaiting`` of them wait.
    package func receive(exactly count: Int) throws(ProcessError) -> [UInt8]? {
        while received.count - consumed < count {
            guard try fill() else {
                guard received.count == consumed else { throw ProcessError("receive all of a message", ECONNRESET) }
                return nil
            }
        }
        defer { consumed += count }
        return Array(received[consumed..<consumed + count])
    }

    /// The first received descriptor that was not yet taken; nil if there is none.
    package func takeDescriptor() -> Descriptor? {
        descriptors.isEmpty ? nil : descriptors.removeFirst()
    }

    /// Receives the bytes that are there, or waits for some; false at the end.
    private func fill() throws(ProcessError) -> Bool {
        received.removeFirst(consumed)
        consumed = 0
        var numbers = [CInt](repeating: -1, count: Self.maximumDescriptors)
        var numberCount = 0
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = socket.withNumber {
            unsafe clinux_receive($0, &piece, piece.count, &numbers, &numberCount, true)
        }
        guard count >= 0 else { throw ProcessError("receive from the other process", CInt(-count)) }
        descriptors += numbers.prefix(numberCount).map { Descriptor(owning: $0) }
        guard descriptors.count <= Self.maximumWaiting else {
            throw ProcessError("keep the descriptors of the other process", EMSGSIZE)
        }
        received += piece.prefix(count)
        return count > 0
    }
}
