package import CProtobufC

/// The C library's description of a message: its fields, their types and where they lie in the C struct.
@safe package struct MessageDescriptor: @unchecked Sendable {
    // owners: the pointer leads to a constant of the generated C, which is never freed. For that reason the type is
    // Sendable, too.
    package let pointer: UnsafePointer<ProtobufCMessageDescriptor>

    /// The description of the message that `initialise` sets up.
    ///
    /// A generated C struct begins with the address of its description. Swift's `&` is not used, because for a C
    /// constant it may give the address of a copy.
    package init<C>(_ initialise: (UnsafeMutablePointer<C>?) -> Void) {
        unsafe pointer = withUnsafeTemporaryAllocation(of: C.self, capacity: 1) { buffer in
            guard let message = buffer.baseAddress else { preconditionFailure("no memory for one message") }
            unsafe initialise(message)
            return unsafe UnsafeRawPointer(message).load(as: ProtobufCMessage.self).descriptor
        }
    }

    /// A description at a known address.
    package init(_ pointer: UnsafePointer<ProtobufCMessageDescriptor>) {
        unsafe self.pointer = pointer
    }

    /// The message's full name.
    package var name: String { unsafe String(cString: pointer.pointee.name) }
}
