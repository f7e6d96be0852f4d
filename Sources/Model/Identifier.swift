/// A 128-bit identifier, written as a UUID, that cannot be mistaken for one of another kind.
///
/// `Kind` is a type that only names the kind of thing: code that passes a ``ProjectID`` where a ``JobID`` is expected
/// does not compile.
package struct Identifier<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// The first eight bytes, most significant first.
    package let high: UInt64
    /// The last eight bytes, most significant first.
    package let low: UInt64

    /// The identifier with these sixteen bytes.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new random identifier (UUID version 4).
    package static func random() -> Self {
        // Uses the library's own generator, which is safe on every thread and known to the thread sanitizer.
        Self(random: .random(in: .min ... .max), .random(in: .min ... .max))
    }

    /// A new random identifier (UUID version 4) from `generator`.
    package static func random(using generator: inout some RandomNumberGenerator) -> Self {
        let high = UInt64.random(in: .min ... .max, using: &generator)
        return Self(random: high, .random(in: .min ... .max, using: &generator))
    }

    /// Sets the fixed bits of RFC 9562 §5.4: version 4 in bits 48…51, variant 10 in bits 64 and 65.
    private init(random high: UInt64, _ low: UInt64) {
        self.init(high: high & ~0xF000 | 0x4000, low: low & ~(0b11 << 62) | 0b10 << 62)
    }

    /// Reads the usual form, 8-4-4-4-12 hexadecimal digits in either case; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var words: [UInt64] = [0, 0]
        var digits = 0
        for (position, byte) in bytes.enumerated() {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let value = Hexadecimal.value(of: byte) else { return nil }
            words[digits / 16] = words[digits / 16] << 4 | UInt64(value)
            digits += 1
        }
        self.init(high: words[0], low: words[1])
    }

    /// The usual form, in lower case.
    package var description: String {
        let hex = Hexadecimal.text(of: bytes)
        let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)].map { start, end in
            hex[hex.index(hex.startIndex, offsetBy: start)..<hex.index(hex.startIndex, offsetBy: end)]
        }
        return parts.joined(separator: "-")
    }

    /// The sixteen bytes, most significant first.
    package var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
    }

    /// Orders by the bytes, as Postgres orders `uuid`.
    package static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// Reads the usual form from a single text value.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let identifier = Self(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not a UUID")
        }
        self = identifier
    }

    /// Writes the usual form as a single text value.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Names what an ``Identifier`` identifies; has no values.
package enum IdentifierKind {
    /// A tenant.
    package enum Tenant {}
    /// A user of a tenant.
    package enum User {}
    /// A project: one book.
    package enum Project {}
    /// A chapter of a book.
    package enum Chapter {}
    /// A segment: one sentence or paragraph of a chapter.
    package enum Segment {}
    /// A batch: one CreateAll.
    package enum Batch {}
    /// A job: one platform of a batch.
    package enum Job {}
    /// A package.
    package enum Package {}
    /// One start of a daemon process.
    package enum Instance {}
    /// One import of a book, while it is being received.
    package enum Import {}
}

/// Identifies a tenant.
package typealias TenantID = Identifier<IdentifierKind.Tenant>
/// Identifies a user of a tenant.
package typealias UserID = Identifier<IdentifierKind.User>
/// Identifies a project, that is one book.
package typealias ProjectID = Identifier<IdentifierKind.Project>
/// Identifies a chapter.
package typealias ChapterID = Identifier<IdentifierKind.Chapter>
/// Identifies a segment.
package typealias SegmentID = Identifier<IdentifierKind.Segment>
/// Identifies a batch.
package typealias BatchID = Identifier<IdentifierKind.Batch>
/// Identifies a job.
package typealias JobID = Identifier<IdentifierKind.Job>
/// Identifies a package.
package typealias PackageID = Identifier<IdentifierKind.Package>
/// Identifies one start of a daemon. It is random for each start, so that a new process is never confused with a dead
/// one.
package typealias InstanceID = Identifier<IdentifierKind.Instance>
/// Identifies one import while its rows are being received.
package typealias ImportID = Identifier<IdentifierKind.Import>
