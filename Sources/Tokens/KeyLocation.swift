package import HTTP
package import Model

/// Where keys for tokens are.
package enum KeyLocation: Sendable, Hashable {
    /// In a file with a key set (JWKS).
    case file(String)
    /// At a URL that gives a key set.
    case url(HTTPAddress)
    /// In the file of a state folder with the key for development.
    case development(folder: String)

    /// Whether `text` is meant as a URL, and not as a path.
    package static func isURL(_ text: String) -> Bool { text.contains("://") }

    /// The location in `text`: a URL, or the path of a file.
    ///
    /// - Throws: ``PackagingError`` that says why the URL is not taken.
    package init(_ text: String) throws(PackagingError) {
        self = Self.isURL(text) ? .url(try HTTPAddress(text)) : .file(text)
    }

    /// The most bytes of a key set.
    package static let byteLimit = KeySetDocument.byteLimit

    /// What is wrong with a key set: the end of a sentence that names the file. Nil if nothing is, and it holds a key.
    package static func problem(inKeySet bytes: [UInt8]) -> String? {
        do throws(JSONFault) {
            let document = try KeySetDocument(bytes)
            guard document.keys.isEmpty else { return nil }
            return "holds no key that tokens can be checked with"
                + (document.skipped.first.map { ": \($0)" } ?? "")
        } catch {
            return error.reason
        }
    }

    /// - Parameter http: How servers are reached.
    func source(_ http: HTTPClient.Configuration) -> any KeySource {
        switch self {
        case .file(let path): KeyFile(path: path)
        case .url(let address): KeyURL(address, http)
        case .development(let folder): DevelopmentKeyFile(folder: folder)
        }
    }
}
