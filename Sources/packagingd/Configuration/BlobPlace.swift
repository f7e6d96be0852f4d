/// Where blobs are kept, as `blob-url` names it.
enum BlobPlace: Sendable, Hashable {
    /// A folder, by its absolute path.
    case folder(String)
    /// A bucket of a service that speaks S3.
    case s3(bucket: String, prefix: String)

    /// The place in `url`. The prefix is a path without a slash at its ends, and may be empty.
    ///
    /// - Throws: ``SettingFault``. It does not quote `url`, which may hold keys where somebody mistook what it is for.
    init(_ url: String) throws(SettingFault) {
        if url.hasPrefix("file:///") {
            self = .folder(String(url.dropFirst("file://".count)))
        } else if let rest = url.after("s3://") {
            let (bucket, prefix) = try Self.parts(rest)
            // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
            let isName = bucket.utf8.allSatisfy {
                $0.isLowercaseOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
            guard (3...63).contains(bucket.utf8.count), isName, bucket.utf8.first?.isLowercaseOrDigit == true,
                bucket.utf8.last?.isLowercaseOrDigit == true
            else {
                throw SettingFault(
                    "a bucket's name has 3 to 63 characters of a-z, 0-9, - and ., and begins and ends with one of a-z and "
                        + "0-9: s3://BUCKET/PREFIX"
                )
            }
            self = .s3(bucket: bucket, prefix: prefix)
        } else {
            throw SettingFault("is neither file:///PATH nor s3://BUCKET/PREFIX")
        }
    }

    /// The name before the first slash, and the prefix after it.
    private static func parts(_ rest: Substring) throws(SettingFault) -> (name: String, prefix: String) {
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let prefix = parts.count > 1 ? parts[1] : ""
        guard !prefix.isEmpty else { return (String(parts[0]), "") }
        let trimmed = prefix.hasSuffix("/") ? prefix.dropLast() : prefix
        let isPath = trimmed.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.first != "." && part.last != "."
                && part.utf8.allSatisfy { $0.isLowercaseOrDigit || "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-".utf8.contains($0) }
        }
        guard isPath, trimmed.utf8.count <= 200 else {
            throw SettingFault(
                "a prefix has at most 200 characters of a-z, A-Z, 0-9, ., _ and -, in parts between slashes that neither "
                    + "begin nor end with a dot"
            )
        }
        return (String(parts[0]), String(trimmed))
    }
}

extension BlobPlace: CustomStringConvertible {
    /// The URL.
    var description: String {
        switch self {
        case .folder(let path): "file://\(path)"
        case .s3(let bucket, let prefix): "s3://\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix)")
        }
    }
}

extension String {
    /// What follows a prefix; nil if the text does not begin with it.
    fileprivate func after(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}

extension UInt8 {
    fileprivate var isLowercaseOrDigit: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}
