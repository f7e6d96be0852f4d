/// In which directions a method streams.
package enum MethodKind: Sendable, Hashable {
    /// One request, one reply.
    case unary
    /// One request, many replies.
    case serverStream
    /// Many requests, one reply.
    case clientStream
    /// Many requests and many replies at once.
    case bidi
}

/// A method of a service. The generated tables, such as ``PackagingMethods``, hold every one that `proto/` declares.
package struct Method<Request: WireMessage, Reply: WireMessage>: Sendable {
    /// The service's full name, such as `khipu.packaging.v1.Packaging`.
    package let service: String
    /// The method's name, such as `GetJob`.
    package let name: String
    /// In which directions it streams.
    package let kind: MethodKind

    /// A method as its proto file declares it.
    package init(service: String, name: String, kind: MethodKind) {
        self.service = service
        self.name = name
        self.kind = kind
    }
}
