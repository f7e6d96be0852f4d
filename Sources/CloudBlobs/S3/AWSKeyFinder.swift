import Files
package import Model
import Synchronization

/// Finds keys and regions for S3 where Amazon's SDKs find them.
///
/// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers" and "Using shared config and credentials
/// files".
package final class AWSKeyFinder: Sendable {
    /// How long what was found counts. Keys that end are replaced some minutes earlier.
    private static let life = Duration.seconds(60)

    private let environment: [String: String]
    private let file: String?
    private let now: @Sendable () -> Instant
    private let found: Mutex<(keys: AWSKeys, at: Instant)?> = Mutex(nil)

    /// A finder.
    ///
    /// - Parameters:
    ///   - environment: The variables of the process.
    ///   - file: A file as `~/.aws/credentials`, which counts in place of the variables' keys; nil for none.
    ///   - now: The time.
    package init(environment: [String: String], file: String?, now: @escaping @Sendable () -> Instant) {
        self.environment = environment
        self.file = file
        self.now = now
    }

    /// The keys that count now: those of the file that was named; else those of `AWS_ACCESS_KEY_ID` and
    /// `AWS_SECRET_ACCESS_KEY`; else those of the profile in the shared file.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` that says what is missing. It never quotes a secret.
    package func keys() throws(PackagingError) -> AWSKeys {
        let now = now()
        if let found = found.withLock({ $0 }), now - found.at < Self.life { return found.keys }
        let keys = try look()
        found.withLock { $0 = (keys, now) }
        return keys
    }

    /// The region of `AWS_REGION` or `AWS_DEFAULT_REGION`, else of the profile in the shared configuration; nil if there is
    /// none.
    package var region: String? {
        if let region = value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") { return region }
        guard let path = value("AWS_CONFIG_FILE") ?? home("config"), let text = try? text(path) else { return nil }
        return Self.section(profile == "default" ? profile : "profile \(profile)", of: text)["region"]
    }

    private func look() throws(PackagingError) -> AWSKeys {
        if file == nil, let id = value("AWS_ACCESS_KEY_ID") {
            guard let secret = value("AWS_SECRET_ACCESS_KEY") else {
                throw Self.missing("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not")
            }
            return AWSKeys(id: id, secret: secret, sessionToken: value("AWS_SESSION_TOKEN"))
        }
        guard let path = file ?? value("AWS_SHARED_CREDENTIALS_FILE") ?? home("credentials") else {
            throw Self.missing("neither AWS_ACCESS_KEY_ID nor a file with keys is named")
        }
        let text: String
        do {
            text = try self.text(path)
        } catch {
            throw Self.missing(
                file == nil ? "AWS_ACCESS_KEY_ID is not set, and there is no file: \(error)" : "\(error)"
            )
        }
        let section = Self.section(profile, of: text)
        guard let id = section["aws_access_key_id"], let secret = section["aws_secret_access_key"] else {
            throw Self.missing(
                "profile \"\(profile)\" in \"\(path)\" lacks aws_access_key_id or aws_secret_access_key"
            )
        }
        return AWSKeys(id: id, secret: secret, sessionToken: section["aws_session_token"])
    }

    private var profile: String { value("AWS_PROFILE") ?? "default" }

    /// The value of a variable that is set and not empty.
    private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    private func home(_ name: String) -> String? { value("HOME").map { "\($0)/.aws/\(name)" } }

    private func text(_ path: String) throws(FileError) -> String {
        String(decoding: try SmallFile.read(path, limit: 1 << 20).bytes, as: UTF8.self)
    }

    /// The names and values of a section.
    private static func section(_ name: String, of text: String) -> [String: String] {
        var values: [String: String] = [:]
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.hasPrefix("["), line.hasSuffix("]") {
                isInside = line.dropFirst().dropLast().trimmed == name
            } else if isInside, !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") {
                values[line[..<equals].trimmed.lowercased()] = String(line[line.index(after: equals)...].trimmed)
            }
        }
        return values
    }

    private static func missing(_ reason: String) -> PackagingError {
        PackagingError(
            .failedPrecondition,
            "there are no keys for the blob store: \(reason)",
            hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file with blob-credentials-file."
        )
    }
}

extension Substring {
    /// Without spaces at its ends.
    var trimmed: Substring {
        let start = drop(while: \.isWhitespace)
        let end = start.lastIndex { !$0.isWhitespace }
        return end.map { start[...$0] } ?? ""
    }
}
