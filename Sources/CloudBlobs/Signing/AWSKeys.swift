/// The keys of an account of a service that speaks S3.
package struct AWSKeys: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Names the keys. It is no secret.
    package var id: String
    /// What requests are signed with.
    package var secret: String
    /// Belongs to keys that end after a while; nil for others.
    package var sessionToken: String?

    /// These keys.
    package init(id: String, secret: String, sessionToken: String? = nil) {
        self.id = id
        self.secret = secret
        self.sessionToken = sessionToken
    }

    /// The name of the keys alone.
    package var description: String { "keys \"\(id)\"" }
    /// The name of the keys alone.
    package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
