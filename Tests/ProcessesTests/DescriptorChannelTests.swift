import Descriptors
import Glibc
import Processes
import Testing

@Suite("Descriptors over a socket", .timeLimit(.minutes(10)))
struct DescriptorChannelTests {
    @Test("a descriptor arrives as another number of the same open file")
    func roundTrip() throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let sender = DescriptorChannel(ours)
        let receiver = DescriptorChannel(theirs)
        let pipe = try Descriptor.pipe()
        try sender.send([1, 2, 3], descriptors: [pipe.write])
        #expect(try receiver.receive(exactly: 3) == [1, 2, 3])
        let received = try #require(receiver.takeDescriptor())
        #expect([received, pipe.write].withNumbers { $0[0] != $0[1] })
        #expect(received.writeSome("x"))
        #expect(pipe.read.readSome() == "x")
        #expect(
            received.withNumber { fcntl($0, F_GETFD) } & FD_CLOEXEC != 0,
            "it would leak into a program that is started"
        )
    }

    @Test("descriptors arrive in the order sent, however the bytes are cut")
    func order() throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let sender = DescriptorChannel(ours)
        let receiver = DescriptorChannel(theirs)
        let pipes = try (0..<24).map { _ in try Descriptor.pipe() }
        for (index, pipe) in pipes.enumerated() {
            try sender.send([UInt8(index)], descriptors: [pipe.write])
            try sender.send([0xFF, 0xFF, 0xFF])
        }
        for (index, pipe) in pipes.enumerated() {
            #expect(try receiver.receive(exactly: 1) == [UInt8(index)])
            let received = try #require(receiver.takeDescriptor())
            #expect(received.writeSome("x"))
            #expect(pipe.read.readSome() == "x")
            #expect(try receiver.receive(exactly: 3) == [0xFF, 0xFF, 0xFF])
        }
        #expect(receiver.takeDescriptor() == nil)
    }

    @Test("the maximum of descriptors in a message arrives, and one more is refused")
    func bounds() throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let sender = DescriptorChannel(ours)
        let receiver = DescriptorChannel(theirs)
        let null = try Descriptor.open("/dev/null", O_RDONLY)
        let most = Array(repeating: null, count: DescriptorChannel.maximumDescriptors)
        try sender.send([7], descriptors: most)
        #expect(try receiver.receive(exactly: 1) == [7])
        for _ in most { #expect(receiver.takeDescriptor() != nil) }
        #expect(receiver.takeDescriptor() == nil)
        #expect(throws: ProcessError.self) { try sender.send([8], descriptors: most + [null]) }
    }

    @Test("descriptors that nobody receives are refused before they use up those of the process")
    func unnamedDescriptors() throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let sender = DescriptorChannel(ours)
        let receiver = DescriptorChannel(theirs)
        let null = try Descriptor.open("/dev/null", O_RDONLY)
        let most = Array(repeating: null, count: DescriptorChannel.maximumDescriptors)
        for _ in 0..<3 { try sender.send([1], descriptors: most) }
        let error = #expect(throws: ProcessError.self) { _ = try receiver.receive(exactly: 3) }
        #expect(error?.number == EMSGSIZE)
    }

    @Test("an end between two messages is no error, and an end within a message is one")
    func ends() throws {
        var (ours, theirs): (Descriptor?, Descriptor) = try Descriptor.socketPair()
        let receiver = DescriptorChannel(theirs)
        if let socket = ours {
            let sender = DescriptorChannel(socket)
            try sender.send([1, 2, 3])
        }
        ours = nil
        #expect(try receiver.receive(exactly: 2) == [1, 2])
        #expect(throws: ProcessError.self) { _ = try receiver.receive(exactly: 2) }
        #expect(try receiver.receive(exactly: 1) == [3])
        #expect(try receiver.receive(exactly: 1) == nil)
    }

    @Test("sending to a closed end is an error and raises no signal")
    func brokenPipe() throws {
        let (ours, theirs): (Descriptor, Descriptor?) = try Descriptor.socketPair()
        _ = consume theirs
        let sender = DescriptorChannel(ours)
        let error = #expect(throws: ProcessError.self) { try sender.send([1]) }
        #expect(error?.number == EPIPE)
    }
}
